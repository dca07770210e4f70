"""Changes of one row: what they cost, what the model says of them, and how like training rows they leave it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.explanation.freedom import Freedom, candidate_values
from specweave.explanation.scales import Neighbourhood

FloatArray = NDArray[np.float64]
Margin = Callable[[pd.DataFrame], FloatArray]
# New values by column.
Change = dict[str, Any]
# A change of one more column has to save this many spreads elsewhere.
_COST_OF_A_COLUMN = 1.0
_STRANGE = 0.05
COST_OF_STRANGENESS = 1.0


@dataclass(frozen=True, eq=False)
class Changes:
    """What stays the same for one row: the model's margin, the row, what may change, and the training rows.

    `margin` maps n raw rows to n numbers that are at least 0 where the wanted answer is reached.
    """

    margin: Margin
    row: pd.DataFrame
    free: tuple[Freedom, ...]
    near: Neighbourhood
    known: pd.DataFrame
    _distances: dict[tuple[str, Any], float] = field(default_factory=dict)
    _moved: dict[tuple[str, Any], FloatArray] = field(default_factory=dict)

    @cached_property
    def own(self) -> pd.Series:
        """The unchanged row."""
        return self.row.iloc[0]

    @cached_property
    def singles(self) -> dict[str, list[Change]]:
        """Every change of one column that is tried, by column."""
        return {
            one.column: [
                {one.column: value} for value in candidate_values(one, self.own[one.column], self.known[one.column])
            ]
            for one in self.free
        }

    def margins(self, changes: Sequence[Change]) -> FloatArray:
        """What the model says of each changed row: at least 0 where the wanted answer is reached."""
        return np.asarray(self.margin(self._rows(changes)), dtype=np.float64) if changes else np.empty(0)

    def distance(self, change: Change) -> float:
        """The sum of the columns' steps, in spreads."""
        return sum(self._step(name, value) for name, value in change.items())

    def rough_cost(self, change: Change) -> float:
        """What a change costs at least: its distance and its columns."""
        return self.distance(change) + _COST_OF_A_COLUMN * len(change)

    def cost(self, change: Change) -> float:
        """What the search keeps small: distance, number of columns, strangeness."""
        return self.rough_cost(change) + COST_OF_STRANGENESS * (1 - self.plausibility(change))

    def plausibility(self, change: Change) -> float:
        """The share of training rows that are as far from their nearest ones as the changed row, or farther."""
        total = self._own_distances
        for name, value in change.items():
            total = total + self._move(name, value)
        return self.near.plausibility_at(total)

    def likely(self, change: Change) -> bool:
        """Whether the changed row is no stranger than all but 5 % of training rows, or than the row itself."""
        return self.plausibility(change) >= self._usual

    @cached_property
    def _usual(self) -> float:
        return min(_STRANGE, self.near.plausibility(self.own))

    @cached_property
    def _own_distances(self) -> FloatArray:
        return self.near.distances(self.own)

    def _step(self, name: str, value: Any) -> float:
        if (name, value) not in self._distances:
            self._distances[name, value] = self.near.scales.apart(name, self.own[name], value)
        return self._distances[name, value]

    def _move(self, name: str, value: Any) -> FloatArray:
        """How much farther each training row is with this value than with the row's own."""
        if (name, value) not in self._moved:
            before, after = (self.near.column_distances(name, one) for one in (self.own[name], value))
            self._moved[name, value] = after - before
        return self._moved[name, value]

    def _rows(self, changes: Sequence[Change]) -> pd.DataFrame:
        rows = self.row.iloc[[0] * len(changes)].reset_index(drop=True)
        for free in self.free:
            at = [n for n, change in enumerate(changes) if free.column in change]
            if at:
                column = rows[free.column].astype(object)
                column.iloc[at] = [changes[n][free.column] for n in at]
                rows[free.column] = column.astype(self.row[free.column].dtype)
        return rows
