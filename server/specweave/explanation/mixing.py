"""Rows put together from the values of known rows, which is what most questions to a model are.

A model asked by values (see `by_value`) has the known rows encoded once and puts encoded values together; any other one is
given the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import union_categoricals

from specweave.problems.tabular.blend import Blend

if TYPE_CHECKING:
    from specweave.explanation.anatomy import Anatomy

FloatArray = NDArray[np.float64]
Places = NDArray[np.int64]


def takes_mixed(model: Any) -> bool:
    """Whether the model, or each member of a blend, can be given `Mixed` rows as they are: it says `answers_mixed`."""
    members = model.models if isinstance(model, Blend) else [model]
    return all(getattr(one, "answers_mixed", False) for one in members)


def pooled(first: pd.DataFrame, second: pd.DataFrame) -> Pool:
    """The rows of both, numbered one after the other; categories stay categories where the two know different ones."""
    rows = pd.concat([first, second], ignore_index=True)
    for name in first:
        kinds = [part[name].dtype for part in (first, second)]
        if kinds[0] != kinds[1] and all(isinstance(kind, pd.CategoricalDtype) and not kind.ordered for kind in kinds):
            rows[name] = union_categoricals([first[name], second[name]])
    return Pool(rows)


@dataclass(frozen=True, eq=False)
class Pool:
    """The rows values are taken from, in the columns of the model."""

    rows: pd.DataFrame
    _encoded: dict[int, tuple[Anatomy, FloatArray]] = field(default_factory=dict, repr=False)

    def mixed(self, base: Places, changed: Mapping[str, Places]) -> Mixed:
        """One row for each place in `base`, with the values of these columns from other places, arrays as long as it."""
        return Mixed(self, base, changed)

    def encoded(self, parts: Anatomy) -> FloatArray:
        if id(parts) not in self._encoded:
            # Kept with what it is of, whose id no other object can then have.
            self._encoded[id(parts)] = (parts, parts.encode(self.rows))
        return self._encoded[id(parts)][1]


@dataclass(frozen=True, eq=False)
class Mixed:
    """Rows of a pool, some columns of which come from other rows of it."""

    pool: Pool
    base: Places
    changed: Mapping[str, Places]

    def __len__(self) -> int:
        return len(self.base)

    def part(self, start: int, stop: int) -> Mixed:
        """These rows alone."""
        changed = {name: places[start:stop] for name, places in self.changed.items()}
        return Mixed(self.pool, self.base[start:stop], changed)

    def frame(self) -> pd.DataFrame:
        """As a table, columns in the order of the pool and in its types."""
        taken = dict.fromkeys(self.pool.rows, self.base) | dict(self.changed)
        return pd.DataFrame({name: self.pool.rows[name].array.take(taken[name]) for name in taken}, copy=False)

    def encoded(self, parts: Anatomy) -> FloatArray:
        """As `parts.encode` gives the table: what a raw column is encoded to depends on it alone."""
        known = self.pool.encoded(parts)
        out = known[self.base]
        names = list(self.pool.rows.columns)
        for name, places in self.changed.items():
            at = np.flatnonzero(parts.owner == names.index(name))
            out[:, at] = known[places[:, None], at]
        return out
