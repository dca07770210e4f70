"""Which columns may change in a counterfactual, in which direction, and which values of the data they may take."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from specweave.errors import DataError, listing, suggestion
from specweave.explanation.scales import is_number, is_ordered

Direction = Literal["any", "up", "down"]
_DIRECTIONS: tuple[Direction, ...] = ("up", "down")
_MOST_VALUES = 24
_MOST_CATEGORIES = 20
# Categories rarer than this are not proposed to a person as something to become.
_RARE = 0.005


@dataclass(frozen=True)
class Freedom:
    """One column that may change; `direction` limits numbers and dates to larger or smaller ones."""

    column: str
    direction: Direction = "any"

    def __str__(self) -> str:
        return self.column if self.direction == "any" else f"{self.column} {self.direction}"


def freedoms(asked: Sequence[str], columns: Sequence[str]) -> tuple[Freedom, ...]:
    """Each of "income", "income up" or "late_payments down" as a Freedom.

    Raises DataError for a column the model does not use.
    """
    return tuple(_freedom(one, columns) for one in dict.fromkeys(asked))


def _freedom(asked: str, columns: Sequence[str]) -> Freedom:
    if asked in columns:
        return Freedom(asked)
    name, _, word = asked.rpartition(" ")
    for direction in _DIRECTIONS:
        if word == direction and name in columns:
            return Freedom(name, direction)
    raise DataError(
        "The model uses no column by that name, so changing it changes nothing",
        value=asked,
        allowed=f'{listing(columns)}; with " up" or " down" behind it for one direction only',
        next_step=suggestion(name or asked, columns),
    )


def check_directions(free: Sequence[Freedom], known: pd.DataFrame) -> None:
    """Raises DataError where a direction is given for a column without an order."""
    for one in free:
        if one.direction != "any" and not is_ordered(known[one.column]):
            raise DataError(
                "Only numbers and dates go up or down",
                value=f"{one} ({known[one.column].dtype})",
                allowed=f'"{one.column}", which may then take any of its values',
            )


def candidate_values(free: Freedom, own: Any, known: pd.Series) -> list[Any]:
    """Values of the data the column may take instead of `own`: of numbers and dates up to 24 over the middle 98 %."""
    if not is_ordered(known):
        shares = known.dropna().value_counts(normalize=True)
        return [value for value in shares.index[shares >= _RARE][:_MOST_CATEGORIES] if value != own]
    return _towards(free.direction, own, _spread_values(known.dropna()))


def values_between(free: Freedom, own: Any, found: Any, known: pd.Series) -> list[Any]:
    """Known values strictly between the row's own and the one found, nearest to its own first; only where there is an order."""
    if not is_ordered(known) or pd.isna(own):
        return []
    low, high = min(own, found), max(own, found)
    inside = _distinct(known[(known > low) & (known < high)])
    if len(inside) > 2 * _MOST_VALUES:
        inside = inside[np.unique(np.linspace(0, len(inside) - 1, 2 * _MOST_VALUES).round().astype(int))]
    return _towards(free.direction, own, list(inside if found > own else inside[::-1]))


def _towards(direction: Direction, own: Any, values: list[Any]) -> list[Any]:
    if pd.isna(own):
        return values
    keep = {"any": operator.ne, "up": operator.gt, "down": operator.lt}[direction]
    return [value for value in values if keep(value, own)]


def _spread_values(known: pd.Series) -> list[Any]:
    values = _distinct(known)
    if len(values) <= _MOST_VALUES:
        return list(values)
    low, high = known.quantile([0.01, 0.99], interpolation="nearest")
    inside = values[(values >= low) & (values <= high)]
    # Half of the values where the rows are, half evenly over the range, so that rare large steps are tried too.
    often = known.quantile(np.linspace(0.01, 0.99, _MOST_VALUES // 2), interpolation="nearest")
    evenly = inside[np.linspace(0, len(inside) - 1, _MOST_VALUES // 2).round().astype(int)]
    return sorted({*often, *evenly})


def _distinct(known: pd.Series) -> Any:
    """The values in order: an array of numbers, or an index of dates."""
    return np.unique(known.to_numpy()) if is_number(known) else pd.DatetimeIndex(known.unique()).sort_values()
