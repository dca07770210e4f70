"""What is explained: one fitted model, the rows it is explained on, and what its answers mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

from specweave.errors import DataError, ModelError, listing
from specweave.explanation.mixing import Mixed, takes_mixed
from specweave.metrics import Predictions, as_labels
from specweave.problem import Task
from specweave.progress import Progress, silent

Reading = Literal["number", "category", "many", "date"]
# Those whose values stand in an order.
ORDERED = ("number", "date")
FloatArray = NDArray[np.float64]

MANY = 30
BACKGROUND = 1_000
CHUNK = 100_000


@dataclass(frozen=True, eq=False)
class Subject:
    """A model under explanation, in the user's raw columns.

    Attributes
    ----------
    model : object with predict, and for probabilities predict_proba and classes_
        Takes a DataFrame of `columns`, or an array of them where `takes_array`.
    name : str
        What the model is called: an experiment's id, or the model's class.
    columns : tuple of str
        The raw columns the model reads, in its order.
    readings : mapping
        How each column reads: number, category, many (a category of more than 30 values) or date.
    classes, positive, threshold
        Class names as text in the order of `score`'s columns, the positive class of a binary task, and the probability
        from which on it is the answer; empty or None where they do not apply.
    background : DataFrame
        Training rows the model's average answer is taken over, at most 1,000.
    held_out : DataFrame
        The rows to explain; the index holds their row numbers in the source. Never sealed rows.
    held_out_is, background_is : str
        Which rows these are, as the end of a sentence: "the 31,000 training rows of the increment".
    seen : bool
        Whether the model learned from the rows in `held_out`.
    truth : array of shape (n,), optional
        Known answers to `held_out`: labels as text, or float64 for regression.
    output : str
        What `score` means: "probability of income = >50K", "median_house_value".
    out_of_fold : Predictions, optional
        What models that had not seen a row say about it; its `rows` are row numbers. The place to look for mistakes.
    refit : callable, optional
        (rows, truth) to a model fitted anew in the same way, for importance on rows a model has not seen.
    folds : int array of shape (n,), optional
        The fold each row of `held_out` is held out in, −1 for rows that are only learnt from.
    ordered : bool
        A fold is predicted by what earlier folds teach.
    pace : float
        The part of the usual questions a slow model is asked (see `pace`).
    quick : object, optional
        Gives the same answers as `model` in less time (see `by_value`), and is asked in its place.
    """

    model: Any
    name: str
    task: Task
    columns: tuple[str, ...]
    background: pd.DataFrame
    held_out: pd.DataFrame
    background_is: str
    held_out_is: str
    seen: bool
    target: str
    output: str
    readings: Mapping[str, Reading] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    positive: str | None = None
    threshold: float | None = None
    truth: NDArray[Any] | None = None
    n_training: int | None = None
    metric: str | None = None
    takes_array: bool = False
    out_of_fold: Predictions | None = None
    refit: Callable[[pd.DataFrame, NDArray[Any]], Any] | None = None
    folds: NDArray[np.int64] | None = None
    ordered: bool = False
    groups: NDArray[Any] | None = None
    sensitive: tuple[str, ...] = ()
    increment: str = ""
    experiment: str = ""
    model_sha256: str | None = None
    seed: int = 0
    cautions: tuple[str, ...] = ()
    quick: Any = None
    pace: float = 1.0
    _memory: dict[tuple[str, int, tuple[str, ...]], tuple[Any, Any]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        missing = [name for name in self.columns if name not in self.held_out.columns]
        if missing:
            raise ModelError(
                "Columns the model reads are not in the rows to explain",
                value=listing(missing),
                allowed=listing(self.columns, limit=30),
            )

    def score(self, rows: pd.DataFrame | Mixed, *, progress: Progress = silent, model: Any = None) -> FloatArray:
        """What the model says: (n,) for regression, (n,) probabilities of the positive class, or (n, k) of all classes.

        A classifier without probabilities gives 1 for the class it answers and 0 for the others. `model` asks another
        one instead, such as one of `refit`. Raises ModelError when the model cannot predict these rows.
        """
        asked = (self.quick or self.model) if model is None else model
        if len(rows) <= CHUNK:
            return self._score(asked, rows)
        parts = []
        for start in range(0, len(rows), CHUNK):
            progress(start, len(rows), f"predicted {start:,} of {len(rows):,} rows")
            stop = start + CHUNK
            parts.append(
                self._score(asked, rows.part(start, stop) if isinstance(rows, Mixed) else rows.iloc[start:stop])
            )
        return np.concatenate(parts)

    def _score(self, model: Any, rows: pd.DataFrame | Mixed) -> FloatArray:
        X = self._table(model, rows)
        try:
            if self.task == "regression":
                found = np.asarray(model.predict(X), dtype=np.float64)
            else:
                found = self._probabilities(model, X)
        except ModelError:
            raise
        except Exception as error:
            # A model of anybody's may raise anything.
            raise ModelError(
                f"The model cannot predict these rows: {type(error).__name__}: {' '.join(str(error).split())[:300]}",
                value=f"{len(rows):,} rows of {listing(self.columns, limit=8)}",
                allowed="rows that mix the values of several rows are asked about too, and have to be answered",
                next_step="call the model on X_train, and leave out the rows it fails on",
            ) from error
        self._check(found, len(rows))
        if self.task == "regression":
            return found.reshape(len(rows))
        if self.task == "binary":
            return np.ascontiguousarray(found[:, self.classes.index(str(self.positive))])
        return found

    def _table(self, model: Any, rows: pd.DataFrame | Mixed) -> Any:
        """The rows as this model takes them."""
        if isinstance(rows, Mixed):
            if takes_mixed(model):
                return rows
            rows = rows.frame()
        X = rows[list(self.columns)]
        return X.to_numpy() if self.takes_array else X

    def _check(self, found: FloatArray, n: int) -> None:
        """Refuses answers an explanation can do nothing with. Raises ModelError."""
        if self.task == "regression" and found.ndim > 1 and found.size > len(found):
            raise ModelError(
                "The model predicts several values for a row, and one at a time is explained",
                value=f"answers of shape {found.shape}",
                allowed="one number a row",
                next_step="explain a function that gives one of them: lambda rows: model.predict(rows)[:, 0]",
            )
        if len(found) != n:
            raise ModelError("The model does not answer each row", value=f"{len(found)} answers for {n} rows")
        odd = 0 if not n else int((~np.isfinite(found.reshape(n, -1))).any(axis=1).sum())
        if odd:
            raise ModelError(
                "The model's answers are not all finite numbers",
                value=f"{odd:,} of {n:,} rows",
                allowed="a finite number for every row",
                next_step="leave those rows out, or fill what is missing in them before the model sees it",
            )

    def _probabilities(self, model: Any, X: Any) -> FloatArray:
        found = np.zeros((len(X), len(self.classes)))
        if hasattr(model, "predict_proba"):
            own = as_labels(model.classes_).tolist()
            known = np.asarray(model.predict_proba(X), dtype=np.float64)
            for place, name in enumerate(own):
                if name in self.classes:
                    found[:, self.classes.index(name)] = known[:, place]
            return found
        said = as_labels(np.asarray(model.predict(X)).ravel())
        for place, name in enumerate(self.classes):
            found[:, place] = said == name
        return found

    def remembered(self, what: str, model: Any, made: Callable[[], Any]) -> Any:
        """What `made` gives, worked out once for each model and set of columns."""
        key = (what, id(model), self.columns)
        if key not in self._memory:
            # With the model, or its id might become another one's.
            self._memory[key] = (model, made())
        return self._memory[key][1]

    def less(self, n: int, least: int) -> int:
        """So many rows as `n` are for a model of the usual speed, at least `least`."""
        return n if self.pace >= 1 else min(n, max(least, round(n * self.pace)))

    def rows(self, numbers: Any) -> pd.DataFrame:
        """The rows of `held_out` with these row numbers, the model's columns only."""
        return self.held_out.loc[list(numbers), list(self.columns)]

    def sample(self, n: int, *, seed: int | None = None) -> NDArray[np.int64]:
        """Places in `held_out` of at most `n` rows drawn without replacement, in ascending order."""
        if len(self.held_out) <= n:
            return np.arange(len(self.held_out), dtype=np.int64)
        drawn = np.random.default_rng(self.seed if seed is None else seed).choice(len(self.held_out), n, replace=False)
        return np.sort(drawn).astype(np.int64)


def read_as(column: pd.Series) -> Reading:
    """How a column reads when no plan of columns says it."""
    if is_datetime64_any_dtype(column.dtype):
        return "date"
    if is_bool_dtype(column.dtype) or is_numeric_dtype(column.dtype):
        return "number"
    try:
        return "many" if column.nunique() > MANY else "category"
    except TypeError as error:
        raise DataError(
            "A column holds values that are neither numbers, texts, booleans nor dates",
            value=f"{column.name}: {type(column.iloc[0]).__name__}",
            allowed="tables of such values; for texts, pictures and the like, rows taken apart",
            next_step="leave the column out, or say what its parts are: ModelExplainer(…, parts=…)",
        ) from error


def readings_of(rows: pd.DataFrame, columns: tuple[str, ...]) -> dict[str, Reading]:
    """The reading of each of these columns, judged on the rows."""
    return {name: read_as(rows[name]) for name in columns}


def sampled(rows: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """At most `n` of the rows, drawn without replacement, in their order."""
    if len(rows) <= n:
        return rows
    drawn = np.sort(np.random.default_rng(seed).choice(len(rows), n, replace=False))
    return rows.iloc[drawn]
