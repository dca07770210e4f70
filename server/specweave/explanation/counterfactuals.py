"""The smallest realistic change of a row that gives another answer.

Wachter, Mittelstadt and Russell (2017) ask for the nearest such row, distances in units of the median absolute deviation;
Mothilal, Sharma and Tan (2020) for several that differ, change few columns and can happen. Here a beam search goes over
values that occur in the data, column by column; what it finds is then made smaller, and rows unlike any training row are
dropped. It asks the model and nothing else, so any model will do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.explanation.freedom import Freedom, candidate_values, values_between
from specweave.explanation.scales import Neighbourhood

Margin = Callable[[pd.DataFrame], NDArray[np.float64]]
MOST_CHANGES = 4
MOST_FOUND = 3
_BEAM = 12
_BEST_PER_COLUMN = 8
_REFINED = 6
_REPAIRED = 2
# A change of one more column has to save this many spreads elsewhere.
_COST_OF_A_COLUMN = 1.0
_STRANGE = 0.05
_COST_OF_STRANGENESS = 1.0


@dataclass(frozen=True)
class Found:
    """One changed row: new values by column, and how far, how plausible and how clear the answer is."""

    change: dict[str, Any]
    margin: float
    distance: float
    plausibility: float

    @property
    def cost(self) -> float:
        """What the search keeps small: distance, number of columns, strangeness."""
        strange = _COST_OF_STRANGENESS * (1 - self.plausibility)
        return self.distance + _COST_OF_A_COLUMN * len(self.change) + strange


@dataclass(frozen=True)
class Search:
    """All that stays the same for one row: the model's margin, the row, what may change, and the training rows.

    `margin` maps n raw rows to n numbers that are at least 0 where the wanted answer is reached.
    """

    margin: Margin
    row: pd.DataFrame
    free: tuple[Freedom, ...]
    near: Neighbourhood
    known: pd.DataFrame

    def nearest(self, most: int = MOST_FOUND) -> list[Found]:
        """Up to `most` changed rows with the wanted answer, cheapest first, no two changing the same columns.

        Rows that lie farther from the training rows than all but 5 % of these do from each other are left out, unless
        the unchanged row is as strange itself. Empty when nothing is found.
        """
        reached = sorted(self._reached().values(), key=self._rough_cost)
        found = [self._judged(self._smaller(change)) for change in _apart(reached, _REFINED)]
        kept = [one for one in found if one.plausibility >= self._usual]
        if len({frozenset(one.change) for one in kept}) < most:
            strange = sorted((one for one in found if one.plausibility < self._usual), key=lambda one: one.cost)
            kept += [self._judged(self._smaller(change)) for change in self._repaired(strange[:_REPAIRED])]
        best: dict[frozenset[str], Found] = {}
        for one in sorted(kept, key=lambda one: one.cost):
            best.setdefault(frozenset(one.change), one)
        return _not_covered(list(best.values()))[:most]

    @cached_property
    def _usual(self) -> float:
        return min(_STRANGE, self.near.plausibility(self._own()))

    @cached_property
    def _singles(self) -> list[dict[str, Any]]:
        """Every allowed change of one column."""
        return [
            {one.column: value}
            for one in self.free
            for value in candidate_values(one, self._own()[one.column], self.known[one.column])
        ]

    def _repaired(self, strange: list[Found]) -> list[dict[str, Any]]:
        """Changes that reach the answer but look like no training row, with one more column that makes them likely."""
        made = []
        for one in strange:
            wider = [{**one.change, **step} for step in self._singles if not set(step) & set(one.change)]
            likely = [change for change in wider if self._plausibility(change) >= self._usual]
            margins = self._margins(likely)
            good = [change for change, margin in zip(likely, margins, strict=True) if margin >= 0]
            made += sorted(good, key=self._rough_cost)[:1]
        return made

    def _plausibility(self, change: dict[str, Any]) -> float:
        total = self._own_distances
        for name, value in change.items():
            total = (
                total + self.near.column_distances(name, value) - self.near.column_distances(name, self._own()[name])
            )
        return self.near.plausibility_at(total)

    @cached_property
    def _own_distances(self) -> NDArray[np.float64]:
        return self.near.distances(self._own())

    def _own(self) -> pd.Series:
        return self._first

    @cached_property
    def _first(self) -> pd.Series:
        return self.row.iloc[0]

    def _reached(self) -> dict[frozenset[tuple[str, Any]], dict[str, Any]]:
        """Changes that reach the answer, from one column up to four; wider ones only while narrower ones are few."""
        singles = self._singles
        margins = self._margins(singles)
        reached = {_key(change): change for change, m in zip(singles, margins, strict=True) if m >= 0}
        steps = self._useful(singles, margins)
        beam = self._kept(singles, margins)
        for _ in range(MOST_CHANGES - 1):
            if len({frozenset(change) for change in reached.values()}) >= MOST_FOUND or not beam:
                break
            wider = list(_extended(beam, steps).values())
            margins = self._margins(wider)
            reached |= {_key(change): change for change, m in zip(wider, margins, strict=True) if m >= 0}
            beam = self._kept(wider, margins)
        return reached

    def _useful(self, singles: list[dict[str, Any]], margins: NDArray[np.float64]) -> list[dict[str, Any]]:
        """For each column the single changes that move the answer most, and most for their size."""
        gains = margins - self._margins([{}])[0]
        worth = gains / (0.25 + np.array([self._distance(change) for change in singles]))
        kept: list[dict[str, Any]] = []
        for free in self.free:
            own = [at for at, change in enumerate(singles) if free.column in change and gains[at] > 0]
            chosen = {*sorted(own, key=lambda at: -gains[at])[: _BEST_PER_COLUMN // 2]}
            chosen |= {*sorted(own, key=lambda at: -worth[at])[: _BEST_PER_COLUMN // 2]}
            kept += [singles[at] for at in sorted(chosen)]
        return kept

    def _kept(self, changes: list[dict[str, Any]], margins: NDArray[np.float64]) -> list[dict[str, Any]]:
        """The changes to widen: half the nearest to the answer, half the nearest for what they cost."""
        short = [at for at, margin in enumerate(margins) if margin < 0]
        start = self._margins([{}])[0] if short else 0.0
        by_margin = sorted(short, key=lambda at: -margins[at])
        by_worth = sorted(short, key=lambda at: -(margins[at] - start) / (0.25 + self._rough_cost(changes[at])))
        chosen = dict.fromkeys([*by_margin[: _BEAM // 2], *by_worth[: _BEAM // 2]])
        return [changes[at] for at in chosen]

    def _smaller(self, values: dict[str, Any]) -> dict[str, Any]:
        """The change without what it does not need, each number as near to the row's own as the answer allows.

        A change that looks like training rows goes on doing so.
        """
        likely = self._plausibility(values) >= self._usual
        for column in sorted(values, key=lambda name: -self._distance({name: values[name]})):
            rest = {name: value for name, value in values.items() if name != column}
            if rest and self._reaches([rest], likely=likely)[0]:
                values = rest
        for free in self.free:
            if free.column in values:
                values = self._shrunk(values, free, likely=likely)
        return values

    def _shrunk(self, values: dict[str, Any], free: Freedom, *, likely: bool) -> dict[str, Any]:
        """The nearest value that still reaches the answer, on a grid first and then between its neighbours."""
        own, known = self._own()[free.column], self.known[free.column]
        low = own
        for _ in range(2):
            tried = [
                {**values, free.column: value}
                for value in values_between(free, own, values[free.column], known)
                if low == own or abs(value - own) > abs(low - own)
            ]
            if not tried:
                break
            first = next((at for at, good in enumerate(self._reaches(tried, likely=likely)) if good), None)
            if first is None:
                break
            values = tried[first]
            low = tried[first - 1][free.column] if first else low
        return values

    def _reaches(self, changes: list[dict[str, Any]], *, likely: bool) -> list[bool]:
        margins = self._margins(changes)
        return [
            bool(margin >= 0 and (not likely or self._plausibility(change) >= self._usual))
            for change, margin in zip(changes, margins, strict=True)
        ]

    def _judged(self, values: dict[str, Any]) -> Found:
        return Found(
            change=values,
            margin=float(self._margins([values])[0]),
            distance=self._distance(values),
            plausibility=self._plausibility(values),
        )

    def _rough_cost(self, change: dict[str, Any]) -> float:
        return self._distance(change) + _COST_OF_A_COLUMN * len(change)

    def _distance(self, change: dict[str, Any]) -> float:
        scales, own = self.near.scales, self._own()
        return sum(scales.apart(name, own[name], value) for name, value in change.items())

    def _margins(self, changes: Sequence[dict[str, Any]]) -> NDArray[np.float64]:
        return np.asarray(self.margin(self._rows(changes)), dtype=np.float64) if changes else np.empty(0)

    def _rows(self, changes: Sequence[dict[str, Any]]) -> pd.DataFrame:
        rows = self.row.iloc[[0] * len(changes)].reset_index(drop=True)
        for free in self.free:
            at = [n for n, change in enumerate(changes) if free.column in change]
            if at:
                column = rows[free.column].astype(object)
                column.iloc[at] = [changes[n][free.column] for n in at]
                rows[free.column] = column.astype(self.row[free.column].dtype)
        return rows


def _key(change: dict[str, Any]) -> frozenset[tuple[str, Any]]:
    return frozenset(change.items())


def _extended(
    beam: list[dict[str, Any]], steps: list[dict[str, Any]]
) -> dict[frozenset[tuple[str, Any]], dict[str, Any]]:
    """Every change of the beam with one step in another column, each once."""
    wider = ({**change, **step} for change in beam for step in steps if not set(step) & set(change))
    return {_key(change): change for change in wider}


def _apart(reached: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """The cheapest of each set of columns first, then the rest."""
    seen: set[frozenset[str]] = set()
    first: list[dict[str, Any]] = []
    later: list[dict[str, Any]] = []
    for change in reached:
        key = frozenset(change)
        (later if key in seen else first).append(change)
        seen.add(key)
    return [*first, *later][:most]


def _not_covered(found: list[Found]) -> list[Found]:
    """Without those that change all the columns of a cheaper one and more."""
    kept: list[Found] = []
    for one in found:
        if not any(set(other.change) <= set(one.change) for other in kept):
            kept.append(one)
    return kept
