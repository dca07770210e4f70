"""Tests of a difference between two models on the same rows, each with an interval that agrees with it.

Chosen by simulated false positives under equal models (see the tests): McNemar's test in its mid-p form (Fagerland,
Lydersen and Laake 2013) with the interval of Bonett and Price (2012); DeLong's test (1988) for the area under the
ROC curve; Student's t on row-wise differences for mean losses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from specweave.metrics import influence, preparation
from specweave.metrics.intervals import normal_quantile, placements, student_quantile
from specweave.metrics.predictions import FloatArray, Predictions


class Difference(NamedTuple):
    """A difference with its interval and the two-sided p-value of the test named."""

    value: float
    low: float
    high: float
    p_value: float
    test: str


SMALLEST_P = 1e-300
Test = Callable[[Predictions, Predictions, float, float], Difference]


def by_student(value: float, error: float, degrees: int, level: float, test: str) -> Difference:
    """Interval and p-value of a difference with a standard error, by Student's t."""
    from scipy.special import stdtr

    if error == 0:
        return Difference(value, value, value, 1.0 if value == 0 else 0.0, test)
    half = student_quantile(level, degrees) * error
    # A p-value of 0 would claim more than floating-point numbers can hold.
    p_value = max(2 * float(stdtr(max(degrees, 1), -abs(value) / error)), SMALLEST_P)
    return Difference(value, value - half, value + half, p_value, test)


def areas(a: Predictions, b: Predictions, value: float, level: float) -> Difference:
    """DeLong's test of two correlated areas under the ROC curve."""
    _, positive = preparation.ranked(a)
    parts_a = placements(*preparation.ranked(a))
    parts_b = placements(*preparation.ranked(b))
    error = np.sqrt(sum(_variance_of_mean(x - y) for x, y in zip(parts_a, parts_b, strict=True)))
    smaller = int(min(positive.sum(), (~positive).sum()))
    return by_student(value, float(error), 10**6 if smaller > 1 else 1, level, "DeLong")


def accuracies(a: Predictions, b: Predictions, value: float, level: float) -> Difference:
    """McNemar's test on the rows that exactly one model gets right."""
    right_a, right_b = a.truth == a.labels, b.truth == b.labels
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    n = len(a)
    p_a, p_b = (only_a + 1) / (n + 2), (only_b + 1) / (n + 2)
    error = np.sqrt((p_a + p_b - (p_a - p_b) ** 2) / (n + 2))
    half = normal_quantile(level) * float(error)
    centre = p_a - p_b
    return Difference(value, centre - half, centre + half, _mcnemar(only_a, only_b), "McNemar, mid-p")


def means(losses: Callable[[Predictions], FloatArray], *, root: bool = False) -> Test:
    """Student's t on row-wise differences of losses; for roots, divided by the sum of both roots.

    √u − √v = (u − v) / (√u + √v), so the test of the means is the test of their roots.
    """

    def test(a: Predictions, b: Predictions, value: float, level: float) -> Difference:
        of_a, of_b = losses(a), losses(b)
        gaps = of_a - of_b
        unit = float(np.sqrt(of_a.mean()) + np.sqrt(of_b.mean())) if root else 1.0
        error = float(np.sqrt(_variance_of_mean(gaps))) / (unit or 1.0)
        return by_student(value, error, len(gaps) - 1, level, "paired t")

    return test


ANALYTIC: dict[str, Test] = {
    "roc_auc": areas,
    "accuracy": accuracies,
    "log_loss": means(preparation.log_losses),
    "brier": means(preparation.brier_losses),
    "mae": means(preparation.absolute_errors),
    "mape": means(preparation.relative_errors),
    "rmse": means(preparation.squared_errors, root=True),
}


# From this many rows on the influence functions' normal limit replaces a thousand passes over all rows.
MANY_ROWS = 20_000
INFLUENCE: dict[str, Callable[[Predictions], FloatArray]] = {
    "average_precision": influence.average_precision,
    "lift_top_decile": influence.lift,
    "roc_auc_ovr": influence.areas,
    "r2": influence.determination,
}


def by_influence(name: str, a: Predictions, b: Predictions, value: float, level: float) -> Difference:
    """Student's t on the differences of what each row adds to the metric under both models."""
    gaps = INFLUENCE[name](a) - INFLUENCE[name](b)
    error = float(np.sqrt(np.mean(gaps**2) / len(gaps)))
    return by_student(value, error, len(gaps) - 1, level, "paired influence functions")


def _mcnemar(only_a: int, only_b: int) -> float:
    from scipy.stats import binom

    n, k = only_a + only_b, min(only_a, only_b)
    if n == 0:
        return 1.0
    return float(min(1.0, 2 * binom.cdf(k, n, 0.5) - binom.pmf(k, n, 0.5)))


def _variance_of_mean(values: FloatArray) -> float:
    return float(values.var(ddof=1)) / len(values) if len(values) > 1 else float(values[0] ** 2)
