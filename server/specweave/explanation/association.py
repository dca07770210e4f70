"""How much two columns of any kind tell about each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.explanation.subject import Reading

FloatArray = NDArray[np.float64]
RARE = 10


def association(a: pd.Series, b: pd.Series, reading_a: Reading, reading_b: Reading) -> float:
    """Between 0 and 1: |Spearman's ρ| of numbers, the corrected correlation ratio of a number's ranks by a category, or
    Cramér's V of two categories with Bergsma's (2013) correction; rows where either is missing are left out. Categories of
    fewer than ten rows count as one: a value of its own in nearly every row would tell everything.
    """
    known = (a.notna() & b.notna()).to_numpy()
    if known.sum() < 10:
        return 0.0
    a, b = a[known], b[known]
    ordered = [reading in ("number", "date") for reading in (reading_a, reading_b)]
    if all(ordered):
        return _rank_correlation(_ranks(a), _ranks(b))
    if any(ordered):
        number, category = (a, b) if ordered[0] else (b, a)
        return _correlation_ratio(_ranks(number), _codes(category))
    return _cramers_v(_codes(a), _codes(b))


def associations(rows: pd.DataFrame, readings: dict[str, Reading]) -> FloatArray:
    """The association of every pair of these columns, shape (p, p), with ones on the diagonal."""
    names = list(readings)
    found = np.eye(len(names))
    for i, first in enumerate(names):
        for j in range(i):
            value = association(rows[first], rows[names[j]], readings[first], readings[names[j]])
            found[i, j] = found[j, i] = value
    return found


def _ranks(column: pd.Series) -> FloatArray:
    return np.asarray(column.rank(), dtype=np.float64)


def _codes(column: pd.Series) -> NDArray[np.int64]:
    codes = np.asarray(pd.factorize(column.astype(object))[0], dtype=np.int64)
    common = np.bincount(codes) >= RARE
    return np.asarray(np.unique(np.where(common[codes], codes, -1), return_inverse=True)[1], dtype=np.int64)


def _rank_correlation(a: FloatArray, b: FloatArray) -> float:
    if a.std() == 0 or b.std() == 0:
        return 0.0
    return float(min(1.0, abs(np.corrcoef(a, b)[0, 1])))


def _correlation_ratio(values: FloatArray, codes: NDArray[np.int64]) -> float:
    """η with the degrees of freedom taken off, so that many categories do not look like a relation."""
    n, counts = len(values), np.bincount(codes)
    k = int((counts > 0).sum())
    total = float(((values - values.mean()) ** 2).sum())
    if total == 0 or k < 2 or n <= k:
        return 0.0
    means = np.bincount(codes, weights=values) / np.maximum(counts, 1)
    within = float(((values - means[codes]) ** 2).sum())
    return float(np.sqrt(max(0.0, 1 - within / (n - k) / (total / (n - 1)))))


def _cramers_v(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1)
    n = table.sum()
    rows, columns = table.shape
    if rows < 2 or columns < 2:
        return 0.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / n
    phi = float(((table - expected) ** 2 / expected).sum() / n)
    phi = max(0.0, phi - (rows - 1) * (columns - 1) / (n - 1))
    rows_left, columns_left = rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)
    smaller = min(rows_left, columns_left) - 1
    return float(np.sqrt(min(1.0, phi / smaller))) if smaller > 0 else 0.0
