"""The smallest realistic change of a row that gives another answer.

Wachter, Mittelstadt and Russell (2017) ask for the nearest such row, distances in units of the median absolute deviation;
Mothilal, Sharma and Tan (2020) for several that differ, change few columns and can happen. Here all changes to values of
the data are tried where they are few; where they are many, a beam search goes over them column by column, and what it
finds is improved step by step. Rows unlike any training row are dropped. It asks the model and nothing else, so any
model will do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd

from specweave.explanation.changes import COST_OF_STRANGENESS, Change, Changes, FloatArray, Margin
from specweave.explanation.freedom import Freedom, values_between
from specweave.explanation.scales import Neighbourhood

MOST_CHANGES = 4
MOST_FOUND = 3
# Of more columns those whose change moves the answer most are combined.
MOST_COLUMNS = 30
# So many changes are all tried; of more, a beam of the most promising is widened.
ALL = 4_000
_BEAM = 12
_BEST_PER_COLUMN = 8
_REFINED = 6
_REPAIRED = 2
# So many of the changes that reach the answer are compared with the training rows, in lots.
_LOOKED_AT, _LOT = 1_024, 32
_ROUNDS = 4
_CHEAPER = 1e-9


@dataclass(frozen=True)
class Found:
    """One changed row: new values by column, and how far, how plausible and how clear the answer is."""

    change: Change
    margin: float
    distance: float
    plausibility: float
    cost: float


@dataclass(frozen=True)
class Search:
    """Looks for changes of one row with the wanted answer; see `Changes` for what it is given."""

    margin: Margin
    row: pd.DataFrame
    free: tuple[Freedom, ...]
    near: Neighbourhood
    known: pd.DataFrame
    most_tried: int = ALL

    def nearest(self, most: int = MOST_FOUND) -> list[Found]:
        """Up to `most` changed rows with the wanted answer, cheapest first, no two changing the same columns.

        Rows that lie farther from the training rows than all but 5 % of these do from each other are left out, unless
        the unchanged row is as strange itself. Empty when nothing is found.
        """
        if len(self.free) > MOST_COLUMNS:
            return replace(self, free=self._moving()).nearest(most)
        likely, strange = self._sorted(self._reached())
        found = [self._smaller(change) for change in _apart(likely, _REFINED)]
        if len(_columns(found)) < most:
            found += self._repaired([self._smaller(change) for change in _apart(strange, _REPAIRED)])
        found = [self._improved(change) for change in _apart(sorted(found, key=self.of.cost), most)] + found
        best: dict[frozenset[str], Change] = {}
        for change in sorted(found, key=self.of.cost):
            best.setdefault(frozenset(change), change)
        return [self._judged(change) for change in _not_covered(list(best.values()))[:most]]

    @cached_property
    def of(self) -> Changes:
        """Costs and answers of changes of this row."""
        return Changes(self.margin, self.row, self.free, self.near, self.known)

    @cached_property
    def _singles(self) -> list[Change]:
        return [change for changes in self.of.singles.values() for change in changes]

    def _moving(self) -> tuple[Freedom, ...]:
        """The columns that may change whose single changes move the answer most."""
        margins = iter(self.of.margins(self._singles))
        gains = {
            name: max((float(next(margins)) for _ in changes), default=-np.inf)
            for name, changes in self.of.singles.items()
        }
        ordered = sorted(self.free, key=lambda one: -gains[one.column])
        return tuple(ordered[:MOST_COLUMNS])

    def _reached(self) -> list[Change]:
        """Changes of one to four columns that reach the answer."""
        if self._count() <= self.most_tried:
            tried = list(self._every())
            return self._reaching(tried, self.of.margins(tried))
        return list(self._widened().values())

    def _count(self) -> int:
        """How many changes of up to four columns there are."""
        by_size = [1] + MOST_CHANGES * [0]
        for changes in self.of.singles.values():
            for size in range(MOST_CHANGES, 0, -1):
                by_size[size] += by_size[size - 1] * len(changes)
        return sum(by_size[1:])

    def _every(self) -> Iterable[Change]:
        for size in range(1, MOST_CHANGES + 1):
            for columns in combinations(self.of.singles.values(), size):
                for steps in product(*columns):
                    yield {name: value for step in steps for name, value in step.items()}

    def _widened(self) -> dict[frozenset[tuple[str, Any]], Change]:
        """From one column on up to four; wider ones only while the narrower ones that look like training rows are few."""
        margins = self.of.margins(self._singles)
        reached = {_key(change): change for change in self._reaching(self._singles, margins)}
        steps = self._useful(margins)
        beam = self._kept(self._singles, margins)
        for _ in range(MOST_CHANGES - 1):
            if len(_columns(self._sorted(list(reached.values()))[0])) >= MOST_FOUND or not beam:
                break
            wider = list(_extended(beam, steps).values())
            margins = self.of.margins(wider)
            reached |= {_key(change): change for change in self._reaching(wider, margins)}
            beam = self._kept(wider, margins)
        return reached

    def _reaching(self, changes: list[Change], margins: FloatArray) -> list[Change]:
        return [change for change, margin in zip(changes, margins, strict=True) if margin >= 0]

    def _sorted(self, reached: list[Change]) -> tuple[list[Change], list[Change]]:
        """The changes that look like training rows, cheapest first, and those that do not.

        Once there are enough, changes are left out that could not be cheaper than the cheapest.
        """
        ordered = sorted(reached, key=self.of.rough_cost)
        likely: list[Change] = []
        strange: list[Change] = []
        for start in range(0, min(len(ordered), _LOOKED_AT), _LOT):
            lot = ordered[start : start + _LOT]
            enough = len(_columns(likely)) >= MOST_FOUND
            if enough and self.of.rough_cost(lot[0]) > self.of.rough_cost(likely[0]) + COST_OF_STRANGENESS:
                break
            for change in lot:
                (likely if self.of.likely(change) else strange).append(change)
        return sorted(likely, key=self.of.cost), strange

    def _useful(self, margins: FloatArray) -> list[Change]:
        """For each column the single changes that move the answer most, and most for their size."""
        gains = margins - self.of.margins([{}])[0]
        worth = gains / (0.25 + np.array([self.of.distance(change) for change in self._singles]))
        kept: list[Change] = []
        for column in self.of.singles:
            own = [at for at, change in enumerate(self._singles) if column in change]
            # Of values that move the answer alike, as on a step of a tree, the nearest come first.
            own.sort(key=lambda at: self.of.distance(self._singles[at]))
            chosen = {*sorted(own, key=lambda at: -gains[at])[: _BEST_PER_COLUMN // 2]}
            chosen |= {*sorted(own, key=lambda at: -worth[at])[: _BEST_PER_COLUMN // 2]}
            kept += [self._singles[at] for at in sorted(chosen)]
        return kept

    def _kept(self, changes: list[Change], margins: FloatArray) -> list[Change]:
        """The changes to widen: the nearest to the answer, the nearest for what they cost, and the nearest likely ones."""
        short = [at for at, margin in enumerate(margins) if margin < 0]
        start = self.of.margins([{}])[0] if short else 0.0
        by_margin = sorted(short, key=lambda at: -margins[at])
        by_worth = sorted(short, key=lambda at: -(margins[at] - start) / (0.25 + self.of.rough_cost(changes[at])))
        likely = [at for at in by_margin[:_LOOKED_AT] if self.of.likely(changes[at])]
        part = _BEAM // 3
        return [changes[at] for at in dict.fromkeys([*by_margin[:part], *by_worth[:part], *likely[:part]])]

    def _repaired(self, strange: list[Change]) -> list[Change]:
        """Changes that reach the answer but look like no training row, with one more column that makes them likely."""
        made = []
        for one in strange:
            wider = [{**one, **step} for step in self._singles if not set(step) & set(one)]
            likely = [change for change in wider if len(change) <= MOST_CHANGES and self.of.likely(change)]
            good = self._reaching(likely, self.of.margins(likely))
            made += [self._smaller(change) for change in sorted(good, key=self.of.rough_cost)[:1]]
        return made

    def _improved(self, change: Change) -> Change:
        """The change made cheaper step by step, as long as one column left, taken, or moved elsewhere makes it so."""
        for _ in range(_ROUNDS):
            most = self.of.cost(change) - _CHEAPER
            cheaper = [one for one in self._beside(change) if self.of.rough_cost(one) < most]
            reached = self._reaching(cheaper, self.of.margins(cheaper))
            good = [one for one in sorted(reached, key=self.of.rough_cost)[:_LOT] if self.of.likely(one)]
            best = min(good, key=self.of.cost, default=change)
            if self.of.cost(best) >= most:
                break
            change = self._smaller(best)
        return change

    def _beside(self, change: Change) -> list[Change]:
        """The change without one of its columns, with one more, with one at another value, or with another instead."""
        rests = [change, *({name: value for name, value in change.items() if name != left} for left in change)]
        made = rests[1:] + [{**rest, **step} for rest in rests for step in self._singles]
        kept = {_key(one): one for one in made if 0 < len(one) <= MOST_CHANGES}
        return list(kept.values())

    def _smaller(self, values: Change) -> Change:
        """The change without what it does not need, each number as near to the row's own as the answer allows.

        A change that looks like training rows goes on doing so.
        """
        likely = self.of.likely(values)
        for column in sorted(values, key=lambda name: -self.of.distance({name: values[name]})):
            rest = {name: value for name, value in values.items() if name != column}
            if rest and self._reaches([rest], likely=likely)[0]:
                values = rest
        for free in self.free:
            if free.column in values:
                values = self._shrunk(values, free, likely=likely)
        return values

    def _shrunk(self, values: Change, free: Freedom, *, likely: bool) -> Change:
        """The nearest value that still reaches the answer, on a grid first and then between its neighbours."""
        own, known = self.of.own[free.column], self.known[free.column]
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

    def _reaches(self, changes: list[Change], *, likely: bool) -> list[bool]:
        margins = self.of.margins(changes)
        return [
            bool(margin >= 0 and (not likely or self.of.likely(change)))
            for change, margin in zip(changes, margins, strict=True)
        ]

    def _judged(self, change: Change) -> Found:
        return Found(
            change=change,
            margin=float(self.of.margins([change])[0]),
            distance=self.of.distance(change),
            plausibility=self.of.plausibility(change),
            cost=self.of.cost(change),
        )


def _key(change: Change) -> frozenset[tuple[str, Any]]:
    return frozenset(change.items())


def _columns(changes: Iterable[Change]) -> set[frozenset[str]]:
    return {frozenset(change) for change in changes}


def _extended(beam: list[Change], steps: list[Change]) -> dict[frozenset[tuple[str, Any]], Change]:
    """Every change of the beam with one step in another column, each once."""
    wider = ({**change, **step} for change in beam for step in steps if not set(step) & set(change))
    return {_key(change): change for change in wider}


def _apart(reached: list[Change], most: int) -> list[Change]:
    """The cheapest of each set of columns first, then the rest."""
    seen: set[frozenset[str]] = set()
    first: list[Change] = []
    later: list[Change] = []
    for change in reached:
        key = frozenset(change)
        (later if key in seen else first).append(change)
        seen.add(key)
    return [*first, *later][:most]


def _not_covered(found: list[Change]) -> list[Change]:
    """Without those that change all the columns of a cheaper one and more."""
    kept: list[Change] = []
    for one in found:
        if not any(set(other) <= set(one) for other in kept):
            kept.append(one)
    return kept
