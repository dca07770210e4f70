"""Analytic intervals per metric: each takes (predictions, value, level) and gives the interval and the method's name.

None means that resampling does better on these predictions.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from specweave.metrics import influence, intervals, preparation
from specweave.metrics.calibration import OfCalibration
from specweave.metrics.intervals import Interval
from specweave.metrics.predictions import FloatArray, Predictions
from specweave.metrics.statistics import FEW_POSITIVES

# From here on a class is large enough for the areas' normal limit; below, resampling is fast.
MANY_OF_A_CLASS = 500
Result = tuple[Interval, str]
Method = Callable[[Predictions, float, float], Result | None]


def accuracy(predictions: Predictions, value: float, level: float) -> Result:
    return intervals.wilson(value * len(predictions), len(predictions), level), "Wilson"


def precision(predictions: Predictions, value: float, level: float) -> Result:
    said = int((predictions.labels == predictions.positive).sum())
    return intervals.wilson(value * said, said, level), "Wilson"


def recall(predictions: Predictions, value: float, level: float) -> Result:
    true = int((predictions.truth == predictions.positive).sum())
    return intervals.wilson(value * true, true, level), "Wilson"


def specificity(predictions: Predictions, value: float, level: float) -> Result:
    false = int((predictions.truth != predictions.positive).sum())
    return intervals.wilson(value * false, false, level), "Wilson"


def f1(predictions: Predictions, value: float, level: float) -> Result:
    """F1 = 2J / (1 + J), where J, hits among all rows said or truly positive, is a plain proportion."""
    either = (predictions.labels == predictions.positive) | (predictions.truth == predictions.positive)
    share = value / (2 - value)
    ends = intervals.wilson(share * either.sum(), float(either.sum()), level)
    return Interval(*(2 * end / (1 + end) for end in ends)), "Wilson on hits among claimed or true"


def mean_recall(predictions: Predictions, value: float, level: float) -> Result | None:
    del value
    if predictions.task != "binary":
        return None  # with several small classes MOVER covers too rarely
    names = [name for name in predictions.classes if (predictions.truth == name).any()]
    right = predictions.truth == predictions.labels
    of_class = [right[predictions.truth == name] for name in names]
    hits = np.array([part.sum() for part in of_class], dtype=np.float64)
    sizes = np.array([len(part) for part in of_class], dtype=np.float64)
    return intervals.mover_mean(hits, sizes, level), "MOVER of Wilson intervals"


def area(predictions: Predictions, value: float, level: float) -> Result:
    parts = intervals.placements(*preparation.ranked(predictions))
    return intervals.area_interval(value, *parts, level), "DeLong, logit scale"


def of_mean(losses: Callable[[Predictions], FloatArray], *, root: bool) -> Method:
    def interval(predictions: Predictions, value: float, level: float) -> Result:
        del value
        ends = intervals.mean_of_losses(losses(predictions), level)
        return (
            Interval(*(float(np.sqrt(end)) for end in ends)) if root else ends
        ), "Student's t, corrected for skewness"

    return interval


def average_precision(predictions: Predictions, value: float, level: float) -> Result | None:
    positives = preparation.n_positive(predictions)
    if positives <= FEW_POSITIVES or value == 1:
        return None  # resampled cell by cell, which is exact and as fast
    quantile = intervals.student_quantile(level, len(predictions) - 1)
    ends = intervals.on_scale(
        intervals.LOGIT, value, _error(influence.average_precision(predictions)) / (value * (1 - value)), quantile
    )
    return ends, "influence function, logit scale"


def areas(predictions: Predictions, value: float, level: float) -> Result | None:
    """The mean of one-versus-rest areas: what one row adds to all of them together."""
    if min((predictions.truth == name).sum() for name in predictions.classes) < MANY_OF_A_CLASS or value == 1:
        return None
    error = _error(influence.areas(predictions)) / (value * (1 - value))
    ends = intervals.on_scale(intervals.LOGIT, value, error, intervals.normal_quantile(level))
    return ends, "DeLong over classes, logit scale"


def calibration(predictions: Predictions, value: float, level: float) -> Result:
    scores, positive = preparation.ranked(predictions, needs_both=False)
    return OfCalibration.of(scores, positive).interval(value, level), "bins resampled, corrected for bias"


def lift(predictions: Predictions, value: float, level: float) -> Result | None:
    if value == 0:
        return None
    quantile = intervals.student_quantile(level, len(predictions) - 1)
    ends = intervals.on_scale(intervals.LOG, value, _error(influence.lift(predictions)) / value, quantile)
    return ends, "influence function, log scale"


def _error(influence_: FloatArray) -> float:
    """The standard error of a metric from what each row adds to it."""
    return float(np.sqrt(np.mean(influence_**2) / len(influence_)))


def of_error_quantile(share: float) -> Method:
    def interval(predictions: Predictions, value: float, level: float) -> Result:
        del value
        return intervals.quantile_of(preparation.absolute_errors(predictions), share, level), "order statistics"

    return interval


def median_error(predictions: Predictions, value: float, level: float) -> Result:
    del value
    return intervals.median_of(preparation.absolute_errors(predictions), level), "order statistics"


def determination(predictions: Predictions, value: float, level: float) -> Result:
    ends = intervals.determination(predictions.truth, predictions.labels, value, level)
    return ends, "delta method, log scale"
