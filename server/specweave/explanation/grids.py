"""Values of a column to ask a model about, taken from the data so that they keep their type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.explanation.subject import ORDERED, Reading
from specweave.explanation.values import value_text

FloatArray = NDArray[np.float64]
POINTS = 16
CATEGORIES = 12
_DAY = 86_400e9


@dataclass(frozen=True, eq=False)
class Grid:
    """Values of one column, each as the place of a row that has it.

    `axis` is where a value lies on the axis (NaN for categories and the missing), `shares` the part of all rows nearest to it.
    """

    column: str
    places: NDArray[np.int64]
    labels: tuple[str, ...]
    axis: FloatArray
    shares: FloatArray
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.places)


def on_axis(column: pd.Series, reading: Reading) -> FloatArray:
    """Numbers as they are and dates as days since 1970; NaN where missing."""
    if reading == "date":
        moments = pd.to_datetime(column, errors="coerce", utc=True).dt.tz_localize(None).astype("datetime64[ns]")
        days = moments.astype("int64").to_numpy() / _DAY
        return np.where(moments.notna().to_numpy(), days, np.nan)
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def grid(column: pd.Series, reading: Reading, *, points: int = POINTS) -> Grid:
    """Up to `points` quantiles of numbers and dates, or the most frequent categories; the missing as one more value."""
    if reading in ORDERED:
        return _of_numbers(column, reading, points)
    return _of_categories(column)


def _of_numbers(column: pd.Series, reading: Reading, points: int) -> Grid:
    axis = on_axis(column, reading)
    known = np.flatnonzero(~np.isnan(axis))
    ordered = known[np.argsort(axis[known], kind="stable")]
    distinct, first = np.unique(axis[ordered], return_index=True)
    if len(distinct) > points:
        shares = np.linspace(0.01, 0.99, points)
        chosen = np.unique(axis[ordered][np.round(shares * (len(ordered) - 1)).astype(int)])
        first = first[np.searchsorted(distinct, chosen)]
        distinct = chosen
    places = ordered[first]
    counts = np.bincount(_nearest(axis[known], distinct), minlength=len(distinct)) if len(distinct) else np.empty(0)
    return _with_missing(column, places, distinct, counts)


def _nearest(values: FloatArray, points: FloatArray) -> NDArray[np.int64]:
    return np.asarray(np.searchsorted((points[1:] + points[:-1]) / 2, values), dtype=np.int64)


def _of_categories(column: pd.Series) -> Grid:
    codes, _ = pd.factorize(column.astype(object))
    known = codes[codes >= 0]
    counts = np.bincount(known) if len(known) else np.empty(0, dtype=np.int64)
    order = np.argsort(-counts, kind="stable")[:CATEGORIES]
    places = np.array([int(np.flatnonzero(codes == code)[0]) for code in order], dtype=np.int64)
    return _with_missing(column, places, np.full(len(order), np.nan), counts[order], len(counts) - len(order))


def _with_missing(
    column: pd.Series, places: NDArray[np.int64], at: FloatArray, counts: NDArray[Any], left_out: int = 0
) -> Grid:
    absent = np.flatnonzero(column.isna().to_numpy())
    if len(absent):
        places, at, counts = np.append(places, absent[0]), np.append(at, np.nan), np.append(counts, len(absent))
    labels = tuple(value_text(column.iloc[place]) for place in places)
    return Grid(str(column.name), places.astype(np.int64), labels, at, counts / max(len(column), 1), left_out)
