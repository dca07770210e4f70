"""Tests of a difference between two models on the same rows, each with an interval that agrees with it.

Chosen by simulated false positives under equal models (see the tests): McNemar's test in its mid-p form (Fagerland,
Lydersen and Laake 2013) with the interval of Bonett and Price (2012); DeLong's test (1988) for the area under the
ROC curve; Student's t on row-wise differences for mean losses.

Each test is given what the models add to it, one array a model, so that one reference is compared with many at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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


class Paired(NamedTuple):
    """A test taken apart: `parts` of one model, shape (k,), and `differences` of many models to a reference from theirs.

    `differences(truth_of, many, one, values, level)` is given predictions of the rows, the parts of m models, shape (m, k), those
    of the reference, and the m differences of the metric.
    """

    parts: Callable[[Predictions], FloatArray]
    differences: Callable[[Predictions, FloatArray, FloatArray, FloatArray, float], list[Difference]]

    def __call__(self, a: Predictions, b: Predictions, value: float, level: float) -> Difference:
        """Model a against model b."""
        return self.differences(a, self.parts(a)[None, :], self.parts(b), np.array([value]), level)[0]


SMALLEST_P = 1e-300


def by_student(value: float, error: float, degrees: int, level: float, test: str) -> Difference:
    """Interval and p-value of a difference with a standard error, by Student's t."""
    return _by_student(np.array([value]), np.array([error]), degrees, level, test)[0]


def _placed(predictions: Predictions) -> FloatArray:
    """DeLong's placements, those of the positive rows first."""
    placed: FloatArray = np.concatenate(placements(*preparation.ranked(predictions)))
    return placed


def _areas(
    truth_of: Predictions, many: FloatArray, one: FloatArray, values: FloatArray, level: float
) -> list[Difference]:
    """DeLong's test of two correlated areas under the ROC curve."""
    positives = int((truth_of.truth == truth_of.positive).sum())
    gaps = many - one
    errors = np.sqrt(_variances_of_mean(gaps[:, :positives]) + _variances_of_mean(gaps[:, positives:]))
    smaller = min(positives, gaps.shape[1] - positives)
    return _by_student(values, errors, 10**6 if smaller > 1 else 1, level, "DeLong")


def _hits(predictions: Predictions) -> FloatArray:
    hits: FloatArray = (predictions.truth == predictions.labels).astype(np.float64)
    return hits


def _accuracies(
    _: Predictions, many: FloatArray, one: FloatArray, values: FloatArray, level: float
) -> list[Difference]:
    """McNemar's test on the rows that exactly one model gets right."""
    gaps, n = many - one, len(one)
    only_a, only_b = (gaps > 0).sum(axis=1), (gaps < 0).sum(axis=1)
    p_a, p_b = (only_a + 1) / (n + 2), (only_b + 1) / (n + 2)
    centres = p_a - p_b
    halves = normal_quantile(level) * np.sqrt((p_a + p_b - centres**2) / (n + 2))
    facts = (values, centres - halves, centres + halves, _mcnemar(only_a, only_b))
    numbers = zip(*(fact.tolist() for fact in facts), strict=True)
    return [Difference(value, low, high, p_value, "McNemar, mid-p") for value, low, high, p_value in numbers]


def _means(losses: Callable[[Predictions], FloatArray], *, root: bool = False) -> Paired:
    """Student's t on row-wise differences of losses; for roots, divided by the sum of both roots.

    √u − √v = (u − v) / (√u + √v), so the test of the means is the test of their roots.
    """

    def differences(
        _: Predictions, many: FloatArray, one: FloatArray, values: FloatArray, level: float
    ) -> list[Difference]:
        errors = np.sqrt(_variances_of_mean(many - one))
        if root:
            units = np.sqrt(many.mean(axis=1)) + np.sqrt(one.mean())
            errors = errors / np.where(units == 0, 1.0, units)
        return _by_student(values, errors, len(one) - 1, level, "paired t")

    return Paired(losses, differences)


ANALYTIC: dict[str, Paired] = {
    "roc_auc": Paired(_placed, _areas),
    "accuracy": Paired(_hits, _accuracies),
    "log_loss": _means(preparation.log_losses),
    "brier": _means(preparation.brier_losses),
    "mae": _means(preparation.absolute_errors),
    "mape": _means(preparation.relative_errors),
    "rmse": _means(preparation.squared_errors, root=True),
}


# From this many rows on the influence functions' normal limit replaces a thousand passes over all rows.
MANY_ROWS = 20_000


def _influences(
    _: Predictions, many: FloatArray, one: FloatArray, values: FloatArray, level: float
) -> list[Difference]:
    """Student's t on the differences of what each row adds to the metric under both models."""
    errors = np.sqrt(np.mean((many - one) ** 2, axis=1) / len(one))
    return _by_student(values, errors, len(one) - 1, level, "paired influence functions")


INFLUENCE: dict[str, Paired] = {
    "average_precision": Paired(influence.average_precision, _influences),
    "lift_top_decile": Paired(influence.lift, _influences),
    "roc_auc_ovr": Paired(influence.areas, _influences),
    "r2": Paired(influence.determination, _influences),
}


def by_formula(name: str, n: int) -> Paired | None:
    """The test of a metric on n rows that needs no resampling, if there is one."""
    return ANALYTIC.get(name) or (INFLUENCE.get(name) if n >= MANY_ROWS else None)


def _by_student(values: FloatArray, errors: FloatArray, degrees: int, level: float, test: str) -> list[Difference]:
    from scipy.special import stdtr

    halves = student_quantile(level, degrees) * errors
    sure = errors == 0
    with np.errstate(over="ignore"):
        tails = 2 * stdtr(max(degrees, 1), -np.abs(values) / np.where(sure, 1.0, errors))
    # A p-value of 0 would claim more than floating-point numbers can hold.
    p_values = np.where(sure, (values == 0).astype(np.float64), np.maximum(tails, SMALLEST_P))
    numbers = zip(*(fact.tolist() for fact in (values, values - halves, values + halves, p_values)), strict=True)
    return [Difference(value, low, high, p_value, test) for value, low, high, p_value in numbers]


def _mcnemar(only_a: NDArray[np.int64], only_b: NDArray[np.int64]) -> FloatArray:
    from scipy.stats import binom

    n, k = only_a + only_b, np.minimum(only_a, only_b)
    p_values: FloatArray = np.minimum(1.0, 2 * binom.cdf(k, n, 0.5) - binom.pmf(k, n, 0.5))
    return np.where(n == 0, 1.0, p_values)


def _variances_of_mean(values: FloatArray) -> FloatArray:
    """Of the mean of each row of values."""
    n = values.shape[1]
    found: FloatArray = values.var(axis=1, ddof=1) / n if n > 1 else values[:, 0] ** 2
    return found
