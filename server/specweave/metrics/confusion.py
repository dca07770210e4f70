"""Formulas on confusion counts of shape (b, k, k), truth by prediction.

Binary formulas expect the positive class at index 1. Where scikit-learn would warn and answer 0 for a ratio without
cases, the macro averages do the same; a single ratio without cases is NaN, which callers report as undefined.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from specweave.metrics.predictions import FloatArray

Formula = Callable[[FloatArray], FloatArray]


def accuracy(counts: FloatArray) -> FloatArray:
    return _ratio(hits(counts).sum(axis=1), counts.sum(axis=(1, 2)))


def precision(counts: FloatArray) -> FloatArray:
    return _ratio(counts[:, 1, 1], counts[:, :, 1].sum(axis=1))


def recall(counts: FloatArray) -> FloatArray:
    return _ratio(counts[:, 1, 1], counts[:, 1, :].sum(axis=1))


def specificity(counts: FloatArray) -> FloatArray:
    """The share of negatives that are called negative."""
    return _ratio(counts[:, 0, 0], counts[:, 0, :].sum(axis=1))


def f1(counts: FloatArray) -> FloatArray:
    return _ratio(2 * counts[:, 1, 1], counts[:, 1, :].sum(axis=1) + counts[:, :, 1].sum(axis=1))


def balanced_accuracy(counts: FloatArray) -> FloatArray:
    """The mean recall of the classes that occur in the truth."""
    true = counts.sum(axis=2)
    return _mean_where(hits(counts) / true, true > 0)


def precision_macro(counts: FloatArray) -> FloatArray:
    return _macro(counts, hits(counts) / counts.sum(axis=1))


def recall_macro(counts: FloatArray) -> FloatArray:
    return _macro(counts, hits(counts) / counts.sum(axis=2))


def f1_macro(counts: FloatArray) -> FloatArray:
    return _macro(counts, _f1_per_class(counts))


def f1_weighted(counts: FloatArray) -> FloatArray:
    return _weighted(counts, _f1_per_class(counts))


def precision_weighted(counts: FloatArray) -> FloatArray:
    return _weighted(counts, hits(counts) / counts.sum(axis=1))


def recall_weighted(counts: FloatArray) -> FloatArray:
    """Recall weighted by class size, which is accuracy."""
    return _weighted(counts, hits(counts) / counts.sum(axis=2))


def mcc(counts: FloatArray) -> FloatArray:
    """Matthews' coefficient for any number of classes (Gorodkin 2004); 0 for constant predictions, by convention."""
    total = counts.sum(axis=(1, 2))
    true, said = counts.sum(axis=2), counts.sum(axis=1)
    covariance = hits(counts).sum(axis=1) * total - (true * said).sum(axis=1)
    spread_true = total**2 - (true**2).sum(axis=1)
    spread_said = total**2 - (said**2).sum(axis=1)
    value = covariance / np.sqrt(spread_true * spread_said)
    return np.where(spread_true == 0, np.nan, np.where(spread_said == 0, 0.0, value))


def hits(counts: FloatArray) -> FloatArray:
    """Right answers per class, shape (b, k)."""
    return np.diagonal(counts, axis1=1, axis2=2)


def _f1_per_class(counts: FloatArray) -> FloatArray:
    return _ratio(2 * hits(counts), counts.sum(axis=1) + counts.sum(axis=2))


def _macro(counts: FloatArray, per_class: FloatArray) -> FloatArray:
    seen = counts.sum(axis=1) + counts.sum(axis=2) > 0
    return _mean_where(np.nan_to_num(per_class), seen)


def _weighted(counts: FloatArray, per_class: FloatArray) -> FloatArray:
    true = counts.sum(axis=2)
    return _ratio((np.nan_to_num(per_class) * true).sum(axis=1), true.sum(axis=1))


def _mean_where(values: FloatArray, chosen: NDArray[np.bool_]) -> FloatArray:
    return _ratio(np.where(chosen, values, 0.0).sum(axis=1), chosen.sum(axis=1))


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """part / whole, NaN where there are no cases; the caller silences the division."""
    return np.divide(part, whole)
