"""A log of predictions told apart: what the model was asked, what it said, when, and about whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from specweave.errors import DataError, listing
from specweave.evaluation.prediction_files import LABEL, PREFIX, SCORE, TRUTH
from specweave.evaluation.recorded_model import RecordedModel
from specweave.metrics import as_labels
from specweave.metrics.predictions import FloatArray

TIME = ("time", "timestamp", "predicted_at", "date", "datetime", "created_at")
KEY = ("id", "request_id", "prediction_id", "unit", "unit_id", "customer_id", "row")


@dataclass(frozen=True, eq=False)
class PredictionsLog:
    """n logged predictions in order of time (or as logged).

    `inputs` holds the model's columns that were logged; `scores` what a monitor watches, `said` the predicted classes,
    `per_class` the probabilities of shape (n, k) in the order of the model's classes. What was not logged is None.
    """

    inputs: pd.DataFrame
    not_logged: tuple[str, ...]
    scores: FloatArray | None
    said: np.ndarray[Any, Any] | None
    per_class: FloatArray | None
    times: pd.Series[Any] | None
    keys: dict[str, pd.Series[Any]]
    truth: pd.Series[Any] | None

    def __len__(self) -> int:
        return len(self.inputs)


def told_apart(table: pd.DataFrame, model: RecordedModel, columns: Iterable[str]) -> PredictionsLog:
    """The log by the usual names of its columns; a name the model uses as an input is an input.

    Inputs may carry a common prefix, as in `row.age`. Raises DataError when neither inputs nor answers are there.
    """
    wanted = list(columns)
    prefix = _prefix(table, wanted)
    names = {name: prefix + name for name in wanted if prefix + name in table.columns}
    rest = table.drop(columns=list(names.values()))
    time = _named(rest, TIME)
    if time is not None:
        when = pd.to_datetime(rest[time], errors="coerce", utc=True, format="mixed").sort_values(kind="stable")
        table, rest = table.loc[when.index], rest.loc[when.index]
    scores, said, per_class = _answers(rest, model)
    if not names and scores is None and said is None:
        raise DataError(
            "The log holds neither inputs of the model nor its answers",
            value=listing(map(str, table.columns)),
            allowed=f"columns {listing(wanted)}; {listing(SCORE)}; {listing(LABEL)}",
        )
    truth = _named(rest, (model.target, *TRUTH))
    return PredictionsLog(
        inputs=pd.DataFrame({name: table[there] for name, there in names.items()}).reset_index(drop=True),
        not_logged=tuple(name for name in wanted if name not in names),
        scores=scores,
        said=said,
        per_class=per_class,
        times=None if time is None else when.reset_index(drop=True),
        keys={str(c).lower(): rest[c].reset_index(drop=True) for c in rest.columns if str(c).lower() in KEY},
        truth=None if truth is None else rest[truth].reset_index(drop=True),
    )


def _prefix(table: pd.DataFrame, wanted: Sequence[str]) -> str:
    """What stands before the model's columns in the log: nothing, or what most of them have in common."""
    found = Counter(str(c)[: -len(name)] for c in table.columns for name in wanted if str(c).endswith(name))
    return max(found, key=lambda prefix: (found[prefix], prefix == ""), default="")


def _named(table: pd.DataFrame, usual: Sequence[str]) -> str | None:
    lower = {str(column).lower(): str(column) for column in table.columns}
    return next((lower[name.lower()] for name in usual if name.lower() in lower), None)


def _answers(
    rest: pd.DataFrame, model: RecordedModel
) -> tuple[FloatArray | None, np.ndarray[Any, Any] | None, FloatArray | None]:
    score, label = _named(rest, SCORE), _named(rest, LABEL)
    if model.task == "regression":
        value = label or score
        return (None if value is None else _numbers(rest[value])), None, None
    said = None if label is None else as_labels(rest[label].to_numpy())
    if all(PREFIX + name in rest.columns for name in model.classes):
        per_class = np.column_stack([_numbers(rest[PREFIX + name]) for name in model.classes])
    elif model.task == "binary" and score is not None and model.positive is not None:
        positive = _numbers(rest[score])
        per_class = np.column_stack([positive if name == model.positive else 1 - positive for name in model.classes])
    else:
        return (_numbers(rest[score]) if score else None), said, None
    if said is None:
        said = _decided(per_class, model)
    watched = per_class.max(axis=1)
    if model.task == "binary" and model.positive is not None:
        watched = per_class[:, model.classes.index(model.positive)]
    return watched, said, per_class


def _decided(per_class: FloatArray, model: RecordedModel) -> np.ndarray[Any, Any]:
    """The classes that the probabilities say, at the model's own threshold."""
    names = np.array(model.classes)
    if model.task != "binary" or model.positive is None or model.threshold is None:
        return np.asarray(names[per_class.argmax(axis=1)])
    at = model.classes.index(model.positive)
    return np.asarray(np.where(per_class[:, at] >= model.threshold, names[at], names[1 - at]))


def _numbers(values: pd.Series[Any]) -> FloatArray:
    if not is_numeric_dtype(values):
        raise DataError("Logged scores are numbers", value=f"{values.name}: {values.iloc[0]!r}")
    return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
