"""Rows of one customer, patient or ticket that share the target: a random split recognises the entity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specweave.leakage.association import association, excess_by_permutation
from specweave.leakage.finding import Finding, NotApplicable
from specweave.leakage.material import Codes, Floats, Material
from specweave.leakage.names import ENTITY_WORDS, ID_WORDS, says
from specweave.rendering import number, percent

PERMUTATIONS = 200
MOST_ROWS = 20_000
LEAST_EXCESS = 0.05
LEAST_GROUPS = 10
MANY_GROUPS = 30
LEAST_REPEATED = 0.1
BLOCK = 20


class Groups:
    code = "groups"
    title = "Rows of one entity across a random split"

    def examine(self, material: Material) -> list[Finding]:
        if material.group is not None:
            raise NotApplicable(f"the split already keeps groups together ({material.group})")
        entities = {c: codes for c in material.columns if (codes := _entity(material, c)) is not None}
        if not entities:
            raise NotApplicable("no column names an entity that has several rows")
        return [f for column, codes in entities.items() if (f := self._look(material, column, codes)) is not None]

    def _look(self, material: Material, column: str, codes: Codes) -> Finding | None:
        rows = _whole_groups(material, codes)
        groups = np.unique(codes[rows], return_inverse=True)[1]
        y, k = material.y[rows], len(material.classes)
        observed = association(groups, y, k).excess
        if observed < LEAST_EXCESS:
            return None
        by_chance = _by_chance(material, column, groups, rows)
        p_value = (1 + int((by_chance >= observed).sum())) / (1 + PERMUTATIONS)
        typical = float(np.median(by_chance))
        if p_value > 0.01 or observed - typical < LEAST_EXCESS:
            return None
        known = codes[codes >= 0]
        count = int(known.max()) + 1
        return Finding(
            code=self.code,
            columns=(column,),
            severity="suspected",
            sentence=(
                f"Rows with the same {column} share {material.target} more than chance: {percent(observed)} of its "
                f"variation lies between the {count:,} values, {percent(max(typical, 0))} when rows are shuffled "
                f"(p = {number(p_value, 2)}). A random split puts the same {column} on both sides."
            ),
            evidence={
                "between_groups": float(observed),
                "between_groups_shuffled": typical,
                "p_value": p_value,
                "groups": count,
                "rows_per_group": float(len(known) / count),
            },
            remedy=f'split by group: set split strategy "group" and group: {column}, if new rows will bring new values',
        )


def _entity(material: Material, column: str) -> Codes | None:
    """The column's codes if it names something with several rows; ordinary categories and quantities do not.

    A column named like an entity needs ten values. Without such a name only texts qualify, and only with so many
    values that they cannot be an ordinary category.
    """
    named = says(column, ENTITY_WORDS) or says(column, ID_WORDS)
    kind = material.kind(column)
    if kind == "time" or (kind == "number" and not named) or column == material.time:
        return None
    if (kind == "number" and not _whole(material, column)) or (kind == "category" and _running_text(material, column)):
        return None
    codes = material.codes(column)
    filled = codes >= 0
    if filled.sum() < LEAST_GROUPS * 2:
        return None
    sizes = np.bincount(codes[filled])
    repeated = float(sizes[sizes > 1].sum() / filled.sum())
    least = LEAST_GROUPS if named else max(MANY_GROUPS, 0.05 * material.n)
    return codes if len(sizes) >= least and repeated >= LEAST_REPEATED else None


def _running_text(material: Material, column: str) -> bool:
    texts = material.features[column].iloc[material.sample[:2_000]].dropna().astype(str)
    return bool(len(texts) and texts.str.count(r"\s+").mean() >= 3)


def _whole(material: Material, column: str) -> bool:
    values = material.numbers(column, material.sample)
    values = values[~np.isnan(values)]
    return bool((values == np.floor(values)).all())


def _whole_groups(material: Material, codes: Codes) -> Codes:
    """Rows of repeated values; of large tables, all rows of some values drawn at random."""
    filled = np.flatnonzero(codes >= 0)
    sizes = np.bincount(codes[filled])
    kept = sizes > 1
    if sizes[kept].sum() > MOST_ROWS:
        drawn = material.rng("groups").permutation(np.flatnonzero(kept))
        until = np.cumsum(sizes[drawn]) <= MOST_ROWS
        until[: min(LEAST_GROUPS, len(until))] = True
        kept = np.zeros(len(sizes), dtype=bool)
        kept[drawn[until]] = True
    return filled[kept[codes[filled]]]


def _by_chance(material: Material, column: str, groups: Codes, rows: Codes) -> Floats:
    """The share between groups when targets are shuffled.

    Numbers are shuffled only among neighbouring values: an id given in the order of time shares with its neighbours
    what time explains, and that is not the entity's doing.
    """
    rng = material.rng(f"shuffles of {column}")
    y = material.y[rows]
    blocks = np.zeros(len(rows), dtype=np.int64)
    if material.kind(column) == "number":
        blocks = np.unique(material.numbers(column, rows), return_inverse=True)[1] // BLOCK
    in_order = np.argsort(blocks, kind="stable")

    def shuffled() -> Iterator[NDArray[Any]]:
        for _ in range(PERMUTATIONS):
            placed = np.empty_like(y)
            placed[in_order] = y[np.lexsort((rng.random(len(rows)), blocks))]
            yield placed

    return excess_by_permutation(groups, shuffled(), len(material.classes))
