"""What a model said about rows whose truth is known, in one form for every metric, figure and file."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specweave.errors import DataError, ModelError, StorageError, listing
from specweave.problem import Task
from specweave.workspace import storage_errors, write_bytes

FloatArray = NDArray[np.float64]
_METADATA = b"specweave.predictions"
_LARGE = 4_000_000


@dataclass(frozen=True, eq=False)
class Predictions:
    """Truth and answers for n rows.

    `truth` and `labels` are str arrays for classification and float arrays for regression (`labels` are then the
    predicted values). `scores` are probabilities of shape (n, k), columns in the order of `classes`, or None.
    `rows` are row numbers of the source table, `folds` the fold each row was held out in, both of shape (n,) or None.
    Raises DataError when shapes, classes or values do not fit together.
    """

    task: Task
    truth: NDArray[Any]
    labels: NDArray[Any]
    scores: FloatArray | None = None
    classes: tuple[str, ...] = ()
    positive: str | None = None
    rows: NDArray[np.int64] | None = None
    folds: NDArray[np.int64] | None = None
    threshold: float | None = None

    def __post_init__(self) -> None:
        values = _numbers if self.task == "regression" else as_labels
        self._put("truth", values(self.truth))
        self._put("labels", values(self.labels))
        self._put("classes", self._all_classes() if self.task != "regression" else ())
        self._put("positive", None if self.positive is None else str(self.positive))
        for name, kind in (("scores", np.float64), ("rows", np.int64), ("folds", np.int64)):
            given = getattr(self, name)
            self._put(name, None if given is None else np.asarray(given, dtype=kind))
        self._check()

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def positive_scores(self) -> FloatArray | None:
        """The probability of the positive class, shape (n,); None without scores or without a positive class."""
        if self.scores is None or self.positive is None:
            return None
        return self.scores[:, self.classes.index(self.positive)]

    @property
    def negative(self) -> str | None:
        """The other class of a binary problem."""
        return next((name for name in self.classes if name != self.positive), None)

    def take(self, index: NDArray[Any]) -> Predictions:
        """The rows at these positions, in this order; a Boolean mask works too."""
        chosen = {
            name: None if (array := getattr(self, name)) is None else array[index]
            for name in ("scores", "rows", "folds")
        }
        return Predictions(
            self.task,
            self.truth[index],
            self.labels[index],
            classes=self.classes,
            positive=self.positive,
            threshold=self.threshold,
            **chosen,
        )

    def at_threshold(self, threshold: float) -> Predictions:
        """The same scores with labels decided anew: positive where the probability is at least `threshold`."""
        scores = self.positive_scores
        if scores is None or self.positive is None or self.negative is None:
            raise DataError("A threshold needs probabilities of a binary problem", value=self.task)
        labels = np.where(scores >= threshold, self.positive, self.negative)
        return Predictions(
            self.task,
            self.truth,
            labels,
            scores=self.scores,
            classes=self.classes,
            positive=self.positive,
            rows=self.rows,
            folds=self.folds,
            threshold=threshold,
        )

    def save(self, path: str | Path) -> Path:
        """The predictions as one parquet file, written whole or not at all; equal predictions give equal bytes."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = {"truth": pa.array(self.truth), "label": pa.array(self.labels)}
        for name, array in (("row", self.rows), ("fold", self.folds)):
            if array is not None:
                columns[name] = pa.array(array)
        if self.scores is not None:
            columns |= {f"score_{i}": pa.array(column) for i, column in enumerate(self.scores.T)}
        facts = {"task": self.task, "classes": self.classes, "positive": self.positive, "threshold": self.threshold}
        table = pa.table(columns).replace_schema_metadata({_METADATA: json.dumps(facts).encode()})
        out = io.BytesIO()
        pq.write_table(table, out, compression="zstd")
        return write_bytes(path, out.getvalue())

    @classmethod
    def load(cls, path: str | Path) -> Predictions:
        """The predictions of a file written by `save`; a StorageError when it is another kind of file."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        with storage_errors(path):
            content = Path(path).read_bytes()
        try:
            # read_table goes through a data set and its threads, which for a small file takes most of the time.
            table = pq.ParquetFile(pa.BufferReader(content), pre_buffer=False).read(use_threads=len(content) > _LARGE)
            facts = json.loads((table.schema.metadata or {})[_METADATA])
        except (pa.ArrowInvalid, KeyError, ValueError) as error:
            raise StorageError("The file does not hold predictions", value=str(path)) from error
        column = {name: table[name].to_numpy() for name in table.column_names}
        scores = [column[f"score_{i}"] for i in range(len(facts["classes"])) if f"score_{i}" in column]
        return cls(
            facts["task"],
            column["truth"],
            column["label"],
            scores=np.column_stack(scores) if scores else None,
            classes=tuple(facts["classes"]),
            positive=facts["positive"],
            rows=column.get("row"),
            folds=column.get("fold"),
            threshold=facts["threshold"],
        )

    @classmethod
    def from_model(
        cls,
        model: Any,
        X: Any,
        truth: Any,
        *,
        task: Task,
        classes: tuple[str, ...] | list[str] | None = None,
        positive: str | None = None,
        threshold: float | None = None,
        rows: Any = None,
        folds: Any = None,
    ) -> Predictions:
        """What a fitted scikit-learn style model says about X.

        With a threshold (binary), the label is `positive` where its probability is at least the threshold; otherwise
        the model's own `predict` decides. Classes the model never saw get probability 0. Raises ModelError when
        the model cannot predict these rows.
        """
        if task == "regression":
            return cls(task, truth, _ask(model, "predict", X), rows=rows, folds=folds)
        names = tuple(as_labels(classes).tolist()) if classes is not None else None
        scores, names = _probabilities(model, X, names)
        if names is None:
            names = tuple(as_labels(model.classes_).tolist())
        if threshold is not None and scores is not None and positive is not None:
            at = names.index(positive)
            labels = np.where(scores[:, at] >= threshold, positive, names[1 - at])
        else:
            labels = as_labels(_ask(model, "predict", X))
        return cls(
            task,
            truth,
            labels,
            scores=scores,
            classes=names,
            positive=positive,
            rows=rows,
            folds=folds,
            threshold=threshold,
        )

    def _put(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _all_classes(self) -> tuple[str, ...]:
        given = tuple(str(name) for name in self.classes)
        if given:
            return given
        if self.scores is not None:
            raise DataError("Scores need the names of their columns", next_step="give classes in the columns' order")
        return tuple(sorted({*self.truth.tolist(), *self.labels.tolist()}))

    def _check(self) -> None:
        n = len(self.truth)
        for name in ("labels", "scores", "rows", "folds"):
            array = getattr(self, name)
            if array is not None and len(array) != n:
                raise DataError(f"{name} and truth differ in length", value=f"{len(array)} and {n}")
        if self.task == "regression":
            return
        if self.task == "binary" and len(self.classes) > 2:
            raise DataError("A binary problem has two classes", value=listing(self.classes))
        if self.positive is not None and self.positive not in self.classes:
            raise DataError(
                "The positive class is not among the classes", value=self.positive, allowed=listing(self.classes)
            )
        strange = sorted({*np.unique(self.truth).tolist(), *np.unique(self.labels).tolist()} - set(self.classes))
        if strange:
            raise DataError(
                "Labels that are not among the classes", value=listing(strange), allowed=listing(self.classes)
            )
        if self.scores is not None and self.scores.shape != (n, len(self.classes)):
            raise DataError(
                "Scores do not have one column per class",
                value=f"shape {self.scores.shape}",
                allowed=f"({n}, {len(self.classes)})",
            )
        if self.scores is not None and not np.isfinite(self.scores).all():
            raise DataError("Scores hold values that are not finite", next_step="look for overflow in the model")


def as_labels(values: Any) -> NDArray[Any]:
    """Class labels as text, one way everywhere: 1, 1.0 and "1" are "1", True is "True".

    Raises DataError when a label is missing.
    """
    array = np.asarray(values)
    if array.dtype.kind == "U":
        return array
    known: dict[Any, str] = {}
    out = [known[v] if v in known else known.setdefault(v, _label(v)) for v in array.tolist()]
    return np.array(out, dtype=np.str_) if out else np.empty(0, dtype="<U1")


def _label(value: Any) -> str:
    if value is None or value != value or str(value) == "<NA>":  # noqa: PLR0124  # only NaN differs from itself
        raise DataError("A label is missing", next_step="drop the rows without a target")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _numbers(values: Any) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise DataError("Values to predict must form one column", value=f"shape {array.shape}")
    if not np.isfinite(array).all():
        raise DataError(
            "A true or predicted value is missing or not finite", value=f"{(~np.isfinite(array)).sum()} rows"
        )
    return array


def _ask(model: Any, method: str, X: Any) -> Any:
    try:
        return getattr(model, method)(X)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(
            f"The model cannot predict these rows: {error}",
            value=type(model).__name__,
            next_step="compare the columns with those the model was trained on",
        ) from error


def _probabilities(
    model: Any, X: Any, names: tuple[str, ...] | None
) -> tuple[FloatArray | None, tuple[str, ...] | None]:
    if not hasattr(model, "predict_proba"):
        return None, names
    own = as_labels(model.classes_).tolist()
    names = names or tuple(own)
    unknown = set(own) - set(names)
    if unknown:
        raise ModelError("The model knows classes the problem does not", value=listing(unknown), allowed=listing(names))
    found = np.asarray(_ask(model, "predict_proba", X), dtype=np.float64)
    scores = np.zeros((len(found), len(names)))
    scores[:, [names.index(name) for name in own]] = found
    return scores, names
