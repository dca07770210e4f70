"""Predictions made elsewhere: a csv or parquet file with truth and score, or one written by `Predictions.save`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype, is_numeric_dtype

from specweave.errors import DataError, StorageError, listing
from specweave.metrics import Predictions, as_labels
from specweave.problem import DataSource, Task
from specweave.workspace import Workspace

TRUTH = ("truth", "y_true", "actual", "target", "true")
SCORE = ("score", "y_score", "probability", "proba", "y_proba", "p")
LABEL = ("label", "prediction", "predicted", "y_pred", "pred")
ROW = ("row", "row_number")
PREFIX = "score_"


def read_predictions(
    path: str | Path,
    *,
    task: Task | None = None,
    positive: str | None = None,
    threshold: float | None = None,
    truth: str | None = None,
    score: str | None = None,
    label: str | None = None,
) -> Predictions:
    """The predictions in a file.

    Columns are found by their usual names (truth or y_true; score or y_score; label or prediction; one score_CLASS
    column per class for more than two classes; row for row numbers) unless `truth`, `score` or `label` names them.
    For two classes the positive one is `positive`, otherwise the last in order. Raises DataError when truth or
    any answer is missing.
    """
    file = Path(path)
    if file.suffix == ".parquet":
        try:
            return Predictions.load(file)
        except StorageError as error:
            if not file.is_file():
                raise
            del error  # a plain table, read below
    frame = read_rows(file)
    columns = {
        "truth": _column(frame, truth, TRUTH),
        "score": _column(frame, score, SCORE),
        "label": _column(frame, label, LABEL),
        "row": _column(frame, None, ROW),
    }
    if columns["truth"] is None:
        raise _missing(file, frame, "no column with the truth", TRUTH)
    _refuse_gaps(frame[[name for name in columns.values() if name]], file)
    found = {name: None if column is None else frame[column] for name, column in columns.items()}
    task = task or _task(frame, found)
    rows = None if found["row"] is None else found["row"].to_numpy()
    if task == "regression":
        return _numbers(file, frame, found, rows)
    return _classes(file, frame, found, task=task, positive=positive, threshold=threshold, rows=rows)


def read_rows(file: Path) -> pd.DataFrame:
    """A table file, with the types that profiling would find."""
    from specweave.data import read_table

    location = str(file.resolve())
    return read_table(DataSource(location=location, allow_outside=True), Workspace(file.resolve().parent)).frame


def _column(frame: pd.DataFrame, named: str | None, usual: tuple[str, ...]) -> str | None:
    if named is not None:
        if named not in frame.columns:
            raise DataError("No column by that name", value=named, allowed=listing(map(str, frame.columns)))
        return named
    lower = {str(column).lower(): str(column) for column in frame.columns}
    return next((lower[name] for name in usual if name in lower), None)


def _task(frame: pd.DataFrame, found: dict[str, Any]) -> Task:
    truth = found["truth"]
    if any(str(name).startswith(PREFIX) for name in frame.columns):
        return "multiclass" if truth.nunique() > 2 else "binary"
    if truth.nunique() <= 2:
        return "binary"
    answer = found["score"] if found["score"] is not None else found["label"]
    as_numbers = is_numeric_dtype(truth) and answer is not None and is_numeric_dtype(answer)
    return "regression" if as_numbers and (is_float_dtype(truth) or is_float_dtype(answer)) else "multiclass"


def _numbers(file: Path, frame: pd.DataFrame, found: dict[str, Any], rows: Any) -> Predictions:
    answer = found["label"] if found["label"] is not None else found["score"]
    if answer is None:
        raise _missing(file, frame, "no column with the predicted value", LABEL)
    if not (is_numeric_dtype(found["truth"]) and is_numeric_dtype(answer)):
        raise DataError("Truth and prediction of a regression are numbers", value=str(file))
    return Predictions("regression", found["truth"].to_numpy(), answer.to_numpy(), rows=rows)


def _classes(
    file: Path,
    frame: pd.DataFrame,
    found: dict[str, Any],
    *,
    task: Task,
    positive: str | None,
    threshold: float | None,
    rows: Any,
) -> Predictions:
    truth = as_labels(found["truth"].to_numpy())
    said = None if found["label"] is None else as_labels(found["label"].to_numpy())
    scores, classes = _scores(file, frame, found, truth, said, task=task, positive=positive)
    if scores is None and said is None:
        raise _missing(file, frame, "neither a score nor a predicted label", SCORE + LABEL)
    chosen = None
    if task == "binary":
        chosen = positive if positive is not None else classes[-1]
        if chosen not in classes:
            raise DataError("The positive class does not occur in the file", value=chosen, allowed=listing(classes))
    if said is None:
        assert scores is not None
        at = 0.5 if threshold is None else threshold
        if chosen is None:
            said = np.array(classes)[scores.argmax(axis=1)]
        else:
            other = next((name for name in classes if name != chosen), "")
            said = np.where(scores[:, classes.index(chosen)] >= at, chosen, other)
            threshold = at
    return Predictions(
        task, truth, said, scores=scores, classes=classes, positive=chosen, rows=rows, threshold=threshold
    )


def _scores(
    file: Path, frame: pd.DataFrame, found: dict[str, Any], truth: Any, said: Any, *, task: Task, positive: str | None
) -> tuple[Any, tuple[str, ...]]:
    per_class = [str(name) for name in frame.columns if str(name).startswith(PREFIX)]
    if per_class:
        _refuse_gaps(frame[per_class], file)
        return frame[per_class].to_numpy(dtype=np.float64), tuple(name.removeprefix(PREFIX) for name in per_class)
    names = sorted({*truth.tolist(), *(() if said is None else said.tolist())})
    if task == "binary" and len(names) == 1:
        names.append("other")
    if task != "binary" or found["score"] is None:
        return None, tuple(names)
    of_positive = found["score"].to_numpy(dtype=np.float64)
    if ((of_positive < 0) | (of_positive > 1)).any():
        raise DataError(
            "A score lies outside 0 to 1",
            value=f"{of_positive.min():.4g} to {of_positive.max():.4g}",
            allowed="probabilities of the positive class",
            next_step="turn margins into probabilities first, for example by 1 / (1 + exp(-margin))",
        )
    chosen = positive if positive in names else names[-1]
    columns = [of_positive if name == chosen else 1 - of_positive for name in names]
    return np.column_stack(columns), tuple(names)


def _refuse_gaps(part: pd.DataFrame, file: Path) -> None:
    gaps = part.isna().sum()
    bad = gaps[gaps > 0]
    if len(bad):
        said = listing(f"{name}: {count}" for name, count in bad.items())
        raise DataError("The predictions have gaps", value=f"{file.name}, {said}", next_step="drop or fill these rows")


def _missing(file: Path, frame: pd.DataFrame, what: str, usual: tuple[str, ...]) -> DataError:
    return DataError(
        f"The file has {what}",
        value=f"{file.name} with columns {listing(map(str, frame.columns))}",
        allowed=f"a column named {listing(usual)}",
        next_step="rename the column",
    )
