"""How well the service does on rows whose label has arrived, and whether that is worse than the sealed evaluation promised."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from specweave.deployment.monitoring.drift import stretch
from specweave.deployment.monitoring.predictions_log import PredictionsLog
from specweave.deployment.monitoring.report_result import Labels, LivePerformance, LiveVerdict
from specweave.errors import DataError, listing
from specweave.evaluation.prediction_files import TRUTH
from specweave.evaluation.recorded_model import RecordedModel
from specweave.metrics import Estimate, Predictions, as_labels, estimates, get_metric
from specweave.metrics.intervals import normal_quantile

FEWEST_LABELLED = 50
ROWS_A_PERIOD = 200
MOST_PERIODS = 12
LEVEL = 0.95
Rows = np.ndarray[Any, np.dtype[np.intp]]


def labelled(log: PredictionsLog, model: RecordedModel, later: pd.DataFrame | None) -> tuple[PredictionsLog, Labels]:
    """The log with the truth of a file that came later, matched by a key both have, or row by row when none.

    Raises DataError when there is no truth, or the two do not fit together.
    """
    if later is None:
        if log.truth is None:
            raise DataError("The log holds no labels", allowed=f"a column {model.target}, or a file of labels")
        return log, Labels(logged=len(log), labelled=int(log.truth.notna().sum()), matched_by="the log itself")
    column = _truth_column(later, model)
    lower = {str(name).lower(): str(name) for name in later.columns if str(name) != column}
    key = next((name for name in log.keys if name in lower), None)
    if key is None:
        raise DataError(
            "Log and labels have no key in common",
            value=f"labels with columns {listing(map(str, later.columns))}",
            allowed="a column such as id, request_id or unit in both",
            next_step="log an id with each prediction",
        )
    known = later.drop_duplicates(lower[key], keep="last").set_index(lower[key])[column]
    known.index = known.index.astype(str)
    truth = log.keys[key].astype(str).map(known)
    counted = Labels(logged=len(log), labelled=int(truth.notna().sum()), matched_by=key)
    return PredictionsLog(**{**vars(log), "truth": truth}), counted


def _truth_column(later: pd.DataFrame, model: RecordedModel) -> str:
    lower = {str(name).lower(): str(name) for name in later.columns}
    found = next((lower[name.lower()] for name in (model.target, *TRUTH, "label") if name.lower() in lower), None)
    if found is None:
        raise DataError(
            "The labels have no column with the truth",
            value=listing(map(str, later.columns)),
            allowed=listing([model.target, *TRUTH]),
        )
    return found


def judged_predictions(log: PredictionsLog, model: RecordedModel) -> tuple[Predictions, Rows]:
    """The labelled rows as predictions, and their places in the log. Raises DataError when they are too few."""
    assert log.truth is not None
    answers = log.scores if model.task == "regression" else log.said
    if answers is None:
        raise DataError("The log holds no answers to judge", allowed="a column score or label")
    has = log.truth.notna().to_numpy(dtype=bool)
    if log.scores is not None:
        has = has & np.isfinite(log.scores)
    rows = np.flatnonzero(has)
    if len(rows) < FEWEST_LABELLED:
        raise DataError(
            "Too few predictions have a label to judge the model",
            value=f"{len(rows)} of {len(log)}",
            allowed=f"{FEWEST_LABELLED} or more",
            next_step="wait for more labels, or check that the keys of both files are written alike",
        )
    truth = log.truth.iloc[rows]
    if model.task == "regression":
        return Predictions("regression", truth.to_numpy(dtype=np.float64), answers[rows]), rows
    names = as_labels(truth.to_numpy())
    extra = tuple(sorted((set(names.tolist()) | set(answers[rows].tolist())) - set(model.classes)))
    scores = None if log.per_class is None else log.per_class[rows]
    if scores is not None and extra:
        scores = np.column_stack([scores, np.zeros((len(rows), len(extra)))])
    made = Predictions(
        model.task,
        names,
        answers[rows],
        scores=scores,
        classes=(*model.classes, *extra),
        positive=model.positive,
        threshold=model.threshold,
    )
    return made, rows


def overall(predictions: Predictions, sealed: Sequence[Estimate], primary: str) -> tuple[LivePerformance, ...]:
    """Each metric of the sealed evaluation on all labelled rows; all but the primary at a level corrected for their number."""
    others = max(1, sum(one.metric != primary for one in sealed))
    levels = [LEVEL if one.metric == primary else 1 - (1 - LEVEL) / others for one in sealed]
    found = estimates([one.metric for one in sealed], predictions)
    return tuple(compared(now, then, level=at) for now, then, at in zip(found, sealed, levels, strict=True))


def over_time(
    predictions: Predictions,
    rows: Rows,
    times: pd.Series[Any] | None,
    sealed: Estimate,
) -> tuple[LivePerformance, ...]:
    """The metric in stretches of equal numbers of labelled rows, judged at a level corrected for their number."""
    parts = min(MOST_PERIODS, len(predictions) // ROWS_A_PERIOD)
    if parts < 2:
        return ()
    made = []
    for part in np.array_split(np.arange(len(predictions)), parts):
        now = estimates([sealed.metric], predictions.take(part))[0]
        start, end = stretch(times, rows[part])
        level = 1 - (1 - LEVEL) / parts
        made.append(compared(now, sealed, level=level).model_copy(update={"start": start, "end": end}))
    return tuple(made)


def compared(now: Estimate, then: Estimate, *, level: float = LEVEL) -> LivePerformance:
    """Now against the sealed evaluation: worse or better when the interval of the difference leaves out 0."""
    if None in (now.value, now.low, now.high, then.value, then.low, then.high):
        return LivePerformance(estimate=now, verdict="not known", level=level)
    sign = 1 if get_metric(now.metric).greater_is_better else -1
    difference, low, high = _difference(now, then, normal_quantile(level) / normal_quantile(now.level))
    if sign < 0:
        difference, low, high = -difference, -high, -low
    verdict: LiveVerdict = "worse" if high < 0 else "better" if low > 0 else "within noise"
    return LivePerformance(estimate=now, difference=difference, low=low, high=high, level=level, verdict=verdict)


def _difference(now: Estimate, then: Estimate, wider: float) -> tuple[float, float, float]:
    """now - then with its interval from both intervals, which may be lopsided, each stretched by `wider`."""
    assert now.value is not None
    assert now.low is not None
    assert now.high is not None
    assert then.value is not None
    assert then.low is not None
    assert then.high is not None
    difference = now.value - then.value
    down = wider * math.hypot(now.value - now.low, then.high - then.value)
    up = wider * math.hypot(now.high - now.value, then.value - then.low)
    return difference, difference - down, difference + up
