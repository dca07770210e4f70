"""How much two columns of any kind tell about each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.explanation.subject import ORDERED, Reading

FloatArray = NDArray[np.float64]
RARE = 10
# Of fewer rows nothing is said.
LEAST = 10


def association(a: pd.Series, b: pd.Series, reading_a: Reading, reading_b: Reading) -> float:
    """Between 0 and 1: |Spearman's ρ| of numbers, the corrected correlation ratio of a number's ranks by a category, or
    Cramér's V of two categories with Bergsma's (2013) correction; rows where either is missing are left out. Categories of
    fewer than ten rows count as one: a value of its own in nearly every row would tell everything.
    """
    known = (a.notna() & b.notna()).to_numpy()
    if known.sum() < LEAST:
        return 0.0
    return _of_known(_Column.of(a[known], reading_a), _Column.of(b[known], reading_b))


def associations(rows: pd.DataFrame, readings: dict[str, Reading]) -> FloatArray:
    """The association of every pair of these columns, shape (p, p), with ones on the diagonal."""
    names = list(readings)
    # Of columns without gaps ranks and codes are the same in every pair.
    whole = {name: _Column.of(rows[name], readings[name]) for name in names if not rows[name].isna().any()}
    ordered = [at for at, name in enumerate(names) if readings[name] in ORDERED]
    found = np.eye(len(names))
    found[np.ix_(ordered, ordered)] = _rank_correlations(rows[[names[at] for at in ordered]])
    inside = set(ordered)
    for i, first in enumerate(names):
        for j in range(i):
            if i in inside and j in inside:
                continue
            second = names[j]
            if first in whole and second in whole and len(rows) >= LEAST:
                value = _of_known(whole[first], whole[second])
            else:
                value = association(rows[first], rows[second], readings[first], readings[second])
            found[i, j] = found[j, i] = value
    return found


@dataclass(frozen=True, eq=False)
class _Column:
    """The ranks of a number or date, or the codes of a category; none missing."""

    ranks: FloatArray | None
    codes: NDArray[np.int64] | None

    @classmethod
    def of(cls, column: pd.Series, reading: Reading) -> _Column:
        return cls(_ranks(column), None) if reading in ORDERED else cls(None, _codes(column))


def _of_known(a: _Column, b: _Column) -> float:
    if a.ranks is not None and b.ranks is not None:
        return _rank_correlation(a.ranks, b.ranks)
    if a.codes is not None and b.codes is not None:
        return _cramers_v(a.codes, b.codes)
    ranks, codes = (a.ranks, b.codes) if a.ranks is not None else (b.ranks, a.codes)
    assert ranks is not None
    assert codes is not None
    return _correlation_ratio(ranks, codes)


def _ranks(column: pd.Series) -> FloatArray:
    return np.asarray(column.rank(), dtype=np.float64)


def _rank_correlations(rows: pd.DataFrame) -> FloatArray:
    """|Spearman's ρ| of every pair of numbers or dates, each on the rows where both are known."""
    ranked = pd.DataFrame({name: _ranks(rows[name]) for name in rows})
    found = ranked.corr(method="spearman", min_periods=LEAST).abs().fillna(0.0).clip(upper=1.0).to_numpy(copy=True)
    np.fill_diagonal(found, 1.0)
    return found


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
