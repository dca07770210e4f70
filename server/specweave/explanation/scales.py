"""How far rows of a raw table lie apart: numbers in units of their spread, anything else as same or different."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

# The median absolute deviation of normal values times this is their standard deviation.
_MAD_TO_SPREAD = 1.4826
_IQR_TO_SPREAD = 1 / 1.349
# No single column may make a row a stranger by itself.
FARTHEST = 4.0


def is_number(values: pd.Series) -> bool:
    return bool(is_numeric_dtype(values) and not is_bool_dtype(values))


def is_ordered(values: pd.Series) -> bool:
    return is_number(values) or bool(is_datetime64_any_dtype(values))


@dataclass(frozen=True)
class Scales:
    """The spread of each numeric column; columns that are absent here are compared as same or different.

    `usual` holds the value of columns of which more than half the rows have the same one: leaving it, or reaching it,
    counts as one change more, since their spread says nothing about that step.
    """

    columns: tuple[str, ...]
    spread: Mapping[str, float]
    usual: Mapping[str, float]

    @classmethod
    def of(cls, rows: pd.DataFrame, columns: Sequence[str]) -> Scales:
        """Measured on `rows`: scaled MAD, the quartiles where half the values are equal, then the deviation, then 1."""
        ordered = {name: values for name in columns if (values := _ordered(rows[name])) is not None}
        usual = {name: value for name, values in ordered.items() if (value := _usual(values)) is not None}
        return cls(tuple(columns), {name: _spread(values) for name, values in ordered.items()}, usual)

    def distances(self, rows: pd.DataFrame, row: pd.Series) -> NDArray[np.float64]:
        """(n rows, columns): how far each column of `rows` lies from `row`, at most 4 spreads each."""
        found = np.empty((len(rows), len(self.columns)))
        for at, name in enumerate(self.columns):
            found[:, at] = self.column_distances(rows[name], row[name])
        return np.minimum(found, FARTHEST)

    def column_distances(self, values: pd.Series, value: Any) -> NDArray[np.float64]:
        """(n,): numbers and dates in spreads, others 0 or 1; a missing value is 1 from a known one."""
        missing, lacks = values.isna().to_numpy(), bool(pd.isna(value))
        spread = self.spread.get(str(values.name))
        if lacks:
            return np.where(missing, 0.0, 1.0)
        if spread is None:
            other = (values.astype(object) != value).to_numpy(dtype=float)
        else:
            here = _ordered(values)
            there = _ordered(pd.Series([value]))
            assert here is not None
            assert there is not None
            other = np.abs(here - there[0]) / spread + self._left(str(values.name), here, there[0])
        return np.where(missing, 1.0, other)

    def apart(self, column: str, one: Any, other: Any) -> float:
        """The same distance between two values of a column."""
        if pd.isna(one) or pd.isna(other) or column not in self.spread:
            return float(not (pd.isna(one) and pd.isna(other)) and one != other)
        first, second = _place(one), _place(other)
        if first is None or second is None:
            return float(one != other)
        usual = self.usual.get(column)
        left = usual is not None and (first == usual) != (second == usual)
        return abs(first - second) / self.spread[column] + left

    def _left(self, column: str, here: NDArray[np.float64], there: float) -> NDArray[np.float64]:
        usual = self.usual.get(column)
        if usual is None:
            return np.zeros(len(here))
        return np.asarray((here == usual) != (there == usual), dtype=np.float64)


def _ordered(values: pd.Series) -> NDArray[np.float64] | None:
    if is_number(values):
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    if is_datetime64_any_dtype(values):
        days = (values - pd.Timestamp(0, tz=values.dt.tz)).dt.total_seconds() / 86_400
        return np.asarray(days.to_numpy(dtype=np.float64, na_value=np.nan))
    return None


def _place(value: Any) -> float | None:
    """One value as `_ordered` has it."""
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        return float(value)
    found = _ordered(pd.Series([value]))
    return None if found is None else float(found[0])


def _usual(values: NDArray[np.float64]) -> float | None:
    """The value more than half of the rows have, where they have more than two values at all."""
    known = values[np.isfinite(values)]
    found, counts = np.unique(known, return_counts=True)
    at = int(counts.argmax()) if len(counts) else 0
    return float(found[at]) if len(found) > 2 and counts[at] > len(known) / 2 else None


def _spread(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    if not len(known):
        return 1.0
    middle = float(np.median(np.abs(known - np.median(known)))) * _MAD_TO_SPREAD
    quartiles = float(np.subtract(*np.quantile(known, [0.75, 0.25]))) * _IQR_TO_SPREAD
    # A column of mostly one value, such as a capital gain of 0, has no MAD; its deviation would make a change cheap,
    # but it is the only spread there is.
    return middle or quartiles or float(known.std()) or 1.0


@dataclass(frozen=True, eq=False)
class _Known:
    """One column of the known rows, held so that comparing it with one value is one step of numpy."""

    spread: float | None
    usual: float | None
    ordered: NDArray[np.float64] | None
    missing: NDArray[np.bool_]
    codes: NDArray[np.int64]
    places: Mapping[Any, int]

    @classmethod
    def of(cls, values: pd.Series, scales: Scales) -> _Known:
        name = str(values.name)
        codes, found = pd.factorize(values.astype(object)) if name not in scales.spread else (np.empty(0, np.int64), ())
        places = {value: at for at, value in enumerate(found)}
        missing = values.isna().to_numpy()
        ordered = _ordered(values) if name in scales.spread else None
        return cls(scales.spread.get(name), scales.usual.get(name), ordered, missing, np.asarray(codes), places)

    def distances(self, value: Any) -> NDArray[np.float64]:
        """(n,): how far the known rows lie from one with this value, at most 4 spreads."""
        if pd.isna(value):
            return np.where(self.missing, 0.0, 1.0)
        if self.ordered is None or self.spread is None:
            other: NDArray[np.float64] = (self.codes != self.places.get(value, -1)).astype(np.float64)
        else:
            there = _ordered(pd.Series([value])) if isinstance(value, pd.Timestamp) else None
            at = float(value) if there is None else float(there[0])
            other = np.abs(self.ordered - at) / self.spread
            if self.usual is not None:
                other = other + ((self.ordered == self.usual) != (at == self.usual))
        return np.minimum(np.where(self.missing, 1.0, other), FARTHEST)


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """How like the training rows a row is, told by the mean distance to its nearest ones."""

    scales: Scales
    rows: pd.DataFrame
    own: NDArray[np.float64]
    nearest: int = 5

    @classmethod
    def of(
        cls, rows: pd.DataFrame, columns: Sequence[str], *, most: int = 1500, judged: int = 300, seed: int = 0
    ) -> Neighbourhood:
        """Taken from at most `most` rows; how far training rows lie from each other is measured on `judged` of them."""
        kept = rows[list(columns)].sample(min(most, len(rows)), random_state=seed).reset_index(drop=True)
        made = cls(Scales.of(rows, columns), kept, np.empty(0))
        own = [made.distance(kept.iloc[at], leave_out=at) for at in range(min(judged, len(kept)))]
        return replace(made, own=np.sort(own))

    @cached_property
    def _known(self) -> dict[str, _Known]:
        return {name: _Known.of(self.rows[name], self.scales) for name in self.scales.columns}

    def column_distances(self, column: str, value: Any) -> NDArray[np.float64]:
        """How far each known row lies from this value of one column, in spreads or as 0 and 1; at most 4."""
        return self._known[column].distances(value)

    def distances(self, row: pd.Series) -> NDArray[np.float64]:
        """(known rows,): the distances of all columns in sum."""
        total = np.zeros(len(self.rows))
        for name in self.scales.columns:
            total += self.column_distances(name, row[name])
        return total

    def distance(self, row: pd.Series, *, leave_out: int | None = None) -> float:
        """The mean distance of a row to its nearest training rows, summed over columns."""
        total = self.distances(row)
        return self._to_nearest(total if leave_out is None else np.delete(total, leave_out))

    def _to_nearest(self, total: NDArray[np.float64]) -> float:
        count = min(self.nearest, len(total))
        return float(np.partition(total, count - 1)[:count].mean()) if count else 0.0

    def plausibility(self, row: pd.Series) -> float:
        """The share of training rows that lie as far from their neighbours as this row, or farther; above 0."""
        return self.plausibility_at(self.distances(row))

    def plausibility_at(self, total: NDArray[np.float64]) -> float:
        """The same for a row of which the distances to `rows` are known already, summed over columns."""
        farther = len(self.own) - int(np.searchsorted(self.own, self._to_nearest(total) - 1e-12))
        return (farther + 1) / (len(self.own) + 1)
