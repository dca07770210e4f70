"""Analytic intervals per metric: each takes (predictions, value, level) and gives the interval and the method's name.

None means that resampling does better on these predictions.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from specweave.metrics import intervals, preparation
from specweave.metrics.intervals import Interval
from specweave.metrics.predictions import FloatArray, Predictions

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


def median_error(predictions: Predictions, value: float, level: float) -> Result:
    del value
    return intervals.median_of(preparation.absolute_errors(predictions), level), "order statistics"


def determination(predictions: Predictions, value: float, level: float) -> Result:
    ends = intervals.determination(predictions.truth, predictions.labels, value, level)
    return ends, "delta method, log scale"
