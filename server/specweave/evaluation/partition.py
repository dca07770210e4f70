"""A column cut into named parts: its values where they are few, quarters of the rows where they are numbers or dates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

from specweave.errors import shorten
from specweave.rendering import number

QUANTILES = 4
# A number with as few values as this is a code or a count; each value is then a part.
FEW_VALUES = 6
MOST_LEVELS = 12
FREQUENT = 30
MISSING = "missing"
LARGE = 1e9
ELSEWHERE = -1


@dataclass(frozen=True)
class Partition:
    """Parts of one column: `codes` of shape (n,) point into `names`, −1 belongs to none.

    `reason` says why a column cannot be cut; `note` what was left out.
    """

    column: str
    names: tuple[str, ...]
    codes: NDArray[np.int64]
    reason: str | None = None
    note: str | None = None

    def mask(self, place: int) -> NDArray[np.bool_]:
        """The rows of one part."""
        chosen: NDArray[np.bool_] = self.codes == place
        return chosen


def partition(column: pd.Series) -> Partition:
    """The parts of a column: each value, or quarters of the rows; missing values are a part of their own."""
    name = str(column.name)
    known = column.dropna()
    if known.empty:
        return _refused(name, column, "it has no values")
    ordered = (is_numeric_dtype(column) and not is_bool_dtype(column)) or is_datetime64_any_dtype(column)
    if ordered and known.nunique() > FEW_VALUES:
        return _by_quantiles(name, column)
    return _by_values(name, column)


def _by_values(name: str, column: pd.Series) -> Partition:
    texts = column.map(_text, na_action="ignore").astype(object).where(column.notna(), MISSING)
    counts = texts.value_counts()
    if len(counts) == 1:
        return _refused(name, column, f"it has one value ({shorten(counts.index[0], 40)}) in every row")
    frequent = counts[counts >= min(FREQUENT, len(texts) / 4)].head(MOST_LEVELS)
    if frequent.empty:
        return _refused(name, column, f"none of its {len(counts):,} values has {FREQUENT} rows")
    shown = list(frequent.index) if len(counts) > MOST_LEVELS else list(counts.index)
    rare = len(counts) - len(shown)
    codes = texts.map({text: place for place, text in enumerate(shown)}).fillna(ELSEWHERE).to_numpy(np.int64)
    note = f"{rare:,} rarer values were not looked at" if rare else None
    return Partition(name, tuple(f"{name} = {shorten(text, 40)}" for text in shown), codes, note=note)


def _by_quantiles(name: str, column: pd.Series) -> Partition:
    missing = column.isna().to_numpy()
    values = _as_numbers(column)
    inner = np.quantile(values[~missing], np.arange(1, QUANTILES) / QUANTILES)
    codes = np.searchsorted(np.unique(inner), values, side="left").astype(np.int64)
    codes[missing] = ELSEWHERE
    names: list[str] = []
    compact = np.full(len(codes), ELSEWHERE, dtype=np.int64)
    for place in np.unique(codes[~missing]):
        chosen = codes == place
        compact[chosen] = len(names)
        names.append(_range(name, _end(column[chosen].min()), _end(column[chosen].max())))
    if missing.any():
        compact[missing] = len(names)
        names.append(f"{name} = {MISSING}")
    return Partition(name, tuple(names), compact)


def _as_numbers(column: pd.Series) -> NDArray[np.float64]:
    if is_datetime64_any_dtype(column):
        column = (column - column.min()).dt.total_seconds()
    values: NDArray[np.float64] = column.to_numpy(np.float64, na_value=np.nan)
    return values


def _range(name: str, low: str, high: str) -> str:
    return f"{name} = {low}" if low == high else f"{name} from {low} to {high}"


def _end(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    exact = float(value)  # type: ignore[arg-type]
    return f"{int(exact):,}" if exact.is_integer() and abs(exact) < LARGE else number(exact, 3)


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _refused(name: str, column: pd.Series, reason: str) -> Partition:
    return Partition(name, (), np.full(len(column), ELSEWHERE, dtype=np.int64), reason=reason)
