"""The reference profile: what the training rows and the scores on them look like, in bins small enough to travel with the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype
from pydantic import BaseModel, ConfigDict

from specweave.data import seal
from specweave.evaluation.choice import out_of_fold
from specweave.evaluation.recorded_model import RecordedModel
from specweave.experiments import ExperimentSummary
from specweave.metrics import Predictions
from specweave.metrics.predictions import FloatArray
from specweave.workspace import IncrementFolder, write_json

FILE = "reference.json"
EDGES = 50
COMMONEST = 20
MOST_CATEGORIES = 1000


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class NumberProfile(_Fact):
    """Counts between edges (a value on an edge belongs above it); the edges of dates are seconds since 1970."""

    kind: Literal["number", "date"]
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    missing: int


class CategoryProfile(_Fact):
    """Counts of the commonest categories, and of all others together.

    `rare` names the others; `once` are the rows whose category occurs once, which is how many rows of a category never
    seen before so many new rows will have (Good 1953). `complete` says that every category of the training rows is named, so that one which
    is not named is unknown.
    """

    kind: Literal["category"] = "category"
    categories: tuple[str, ...]
    counts: tuple[int, ...]
    other: int = 0
    rare: tuple[str, ...] = ()
    once: int = 0
    complete: bool = True
    missing: int = 0


class Reference(_Fact):
    """The profile of the model's inputs and answers; `scores_from` says which rows the answers are of."""

    experiment: str
    rows: int
    columns: dict[str, NumberProfile | CategoryProfile]
    score: NumberProfile | None
    label: CategoryProfile | None
    scores_from: Literal["out-of-fold", "training rows"]


def reference_of(folder: IncrementFolder, record: ExperimentSummary, model: RecordedModel) -> Reference:
    """The profile from the training rows, which are the only ones read.

    Scores are those of cross-validation, each from a model that had not seen the row: on rows it learned from, a model
    is surer than it will ever be in service. Only where the record has none, the model scores its training rows.
    """
    rows = seal.training_rows(folder)
    rows = rows[rows[model.target].notna()]
    held_out = out_of_fold(record)
    answers = held_out if held_out is not None else model.predict(rows)
    features = model.features or tuple(str(name) for name in rows.columns if name != model.target)
    return Reference(
        experiment=record.id,
        rows=len(rows),
        columns={name: profiled(rows[name]) for name in features if name in rows.columns},
        score=None if (scores := watched_scores(answers)) is None else profiled_numbers(scores),
        label=None if answers.task == "regression" else _labels(answers),
        scores_from="training rows" if held_out is None else "out-of-fold",
    )


def write_reference(path: str | Path, reference: Reference) -> Path:
    """The profile as the JSON file the generated service reads."""
    return write_json(path, reference.model_dump(mode="json"))


def watched_scores(answers: Predictions) -> FloatArray | None:
    """The score a monitor watches, shape (n,): that of the positive class, of the predicted class, or the number itself."""
    if answers.task == "regression":
        return np.asarray(answers.labels, dtype=np.float64)
    if answers.scores is None:
        return None
    return answers.positive_scores if answers.positive_scores is not None else answers.scores.max(axis=1)


def profiled(values: pd.Series[Any]) -> NumberProfile | CategoryProfile:
    """The profile of one column by its type."""
    if is_datetime64_any_dtype(values):
        times = pd.to_datetime(values, utc=True).astype("datetime64[ns, UTC]").astype("int64")
        seconds = times.to_numpy(dtype=np.float64) / 1e9
        return profiled_numbers(np.where(values.notna(), seconds, np.nan).astype(np.float64), "date")
    if is_numeric_dtype(values) and not is_bool_dtype(values):
        return profiled_numbers(np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan)))
    return _categories(values)


def profiled_numbers(values: FloatArray, kind: Literal["number", "date"] = "number") -> NumberProfile:
    """Counts between the quantiles, or of each value where there are few."""
    known = values[np.isfinite(values)]
    distinct = np.unique(known)
    if len(distinct) > EDGES:
        # Values of the data, so that rounding on the way through JSON cannot move one across an edge.
        distinct = np.unique(np.quantile(known, np.arange(EDGES) / EDGES, method="lower"))
    if len(known):
        # A bin of its own for what lies above all of training, as the first one is for what lies below.
        distinct = np.append(distinct, np.nextafter(known.max(), np.inf))
    counts = np.bincount(np.searchsorted(distinct, known, side="right"), minlength=len(distinct) + 1)
    return NumberProfile(
        kind=kind,
        edges=tuple(distinct.tolist()),
        counts=tuple(counts.tolist()),
        missing=len(values) - len(known),
    )


def _categories(values: pd.Series[Any]) -> CategoryProfile:
    known = values.dropna().astype(str)
    known = known[known != ""]
    counts = known.value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable")
    common, rare = counts.iloc[:COMMONEST], counts.iloc[COMMONEST:]
    complete = len(counts) <= MOST_CATEGORIES
    return CategoryProfile(
        categories=tuple(map(str, common.index)),
        counts=tuple(int(count) for count in common),
        other=int(rare.sum()),
        rare=tuple(map(str, rare.index)) if complete else (),
        once=int((counts == 1).sum()),
        complete=complete,
        missing=len(values) - len(known),
    )


def _labels(answers: Predictions) -> CategoryProfile:
    said = [int((answers.labels == name).sum()) for name in answers.classes]
    return CategoryProfile(categories=answers.classes, counts=tuple(said))
