"""How much a grouping of rows tells about the target beyond chance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specweave.leakage.material import Codes, Floats


@dataclass(frozen=True)
class Association:
    """`excess`: share of the target's variation that lies between groups, less what chance gives (adjusted η²).

    `p_value`: of the F test; with classes, of the class whose share differs most, times the number of classes.
    """

    excess: float
    p_value: float


def association(groups: Codes, y: NDArray[Any], k: int = 0) -> Association:
    """Between-group variation of numbers (k = 0) or of k classes, each class taken as 0/1.

    For classes `excess` is the average over classes weighted by their variances.
    """
    sums = [_sums(groups, column) for column in as_columns(y, k)]
    n, g = len(y), len(np.unique(groups))
    if g < 2 or n - g < 2 or not any(total > 0 for _, total in sums):
        return Association(0.0, 1.0)
    p_values = [_p_value(between, total, n, g) for between, total in sums if total > 0]
    return Association(_excess(sums, n, g), float(min(1.0, min(p_values) * len(p_values))))


def excess_by_permutation(groups: Codes, shuffles: Iterable[NDArray[Any]], k: int = 0) -> Floats:
    """The excess of `association` for each shuffled target, without its p-value."""
    n, g = len(groups), len(np.unique(groups))
    return np.array([_excess([_sums(groups, column) for column in as_columns(y, k)], n, g) for y in shuffles])


def as_columns(y: NDArray[Any], k: int) -> list[Floats]:
    """The target as numbers: itself, or a 0/1 column for each of k classes (one suffices for two)."""
    if k == 0:
        return [y.astype(np.float64)]
    return [(y == label).astype(np.float64) for label in range(1 if k == 2 else 0, k)]


def tenths(order_values: Floats) -> Codes:
    """The tenth of the order each value falls into; equal values share a tenth."""
    ranks = np.searchsorted(np.sort(order_values), order_values)
    return np.minimum(ranks * 10 // max(1, len(order_values)), 9).astype(np.int64)


def _excess(sums: list[tuple[float, float]], n: int, g: int) -> float:
    between, total = (sum(part) for part in zip(*sums, strict=True))
    return float(1 - (1 - between / total) * (n - 1) / (n - g)) if total > 0 and n > g else 0.0


def _sums(groups: Codes, y: Floats) -> tuple[float, float]:
    deviation = y - y.mean()
    counts = np.bincount(groups)
    sums = np.bincount(groups, weights=deviation)
    seen = counts > 0
    return float((sums[seen] ** 2 / counts[seen]).sum()), float((deviation**2).sum())


def _p_value(between: float, total: float, n: int, g: int) -> float:
    from scipy.stats import f

    within = max(total - between, 1e-12 * total)
    return float(f.sf((between / (g - 1)) / (within / (n - g)), g - 1, n - g))
