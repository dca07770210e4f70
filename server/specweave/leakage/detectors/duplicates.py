"""Rows that stand in the table more than once: a random split puts one copy in training and another in the test set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.leakage.finding import Finding, NotApplicable
from specweave.leakage.identity import identifiers
from specweave.leakage.material import Bools, Codes, Material
from specweave.rendering import percent

TEST_SHARE = 0.2
LEAST_SHARE = 0.01
LEAST_COPIES = 5
NEAR_ROWS = 200_000
DIGITS = 3

Hashes = NDArray[np.uint64]


class Duplicates:
    code = "duplicates"
    title = "Duplicate rows across a random split"

    def examine(self, material: Material) -> list[Finding]:
        held_out, said_by = _held_out(material)
        left_out = {*identifiers(material), material.group, said_by}
        columns = [c for c in material.columns if c not in left_out]
        if not columns:
            raise NotApplicable("every column names its row, so no two rows can be equal")
        exact = _groups([_hashed(material.features[c]) for c in columns])
        found = self._state(material, columns, exact, held_out, near=False)
        if material.n <= NEAR_ROWS:
            near = _groups([_hashed(_coarse(material, c)) for c in columns])
            if _copies(near) - _copies(exact) >= LEAST_SHARE * material.n:
                found = [*found, *self._state(material, columns, near, held_out, near=True)]
        return found

    def _state(
        self, material: Material, columns: list[str], groups: Codes, held_out: Bools | None, *, near: bool
    ) -> list[Finding]:
        twins = _twins(material, groups, held_out)
        if twins.copies == 0 or (held_out is not None and twins.crossing == 0):
            return []
        enough = twins.copies >= LEAST_COPIES and twins.crossing >= LEAST_SHARE
        serious = enough and not _by_chance(material, columns, twins, near=near)
        if near and not serious:
            return []
        word = "near" if near else "exact"
        rows = f"{twins.copies:,} rows are {word} copies" if twins.copies > 1 else f"One row is an {word} copy"
        rows += " (numbers rounded to three digits, texts without case and signs)" if near else ""
        if material.group is not None:
            rows += f" and have another {material.group}, so that a split by it does not keep them together"
        judged = f"about {percent(twins.crossing)} of a random {percent(TEST_SHARE, 0)} test set"
        if held_out is not None:
            judged = f"{percent(twins.crossing)} of the {int(held_out.sum()):,} held-out rows"
        share = f"{judged} have a twin in training"
        conflict = (
            f"; {twins.conflicting:,} of {twins.groups:,} sets of copies disagree on {material.target}"
            if twins.conflicting
            else f"; all copies agree on {material.target}"
        )
        return [
            Finding(
                code=self.code,
                columns=(),
                severity="suspected" if serious else "note",
                sentence=f"{rows} of an earlier row: {share}{conflict}.",
                evidence={
                    "copies": twins.copies, "sets": twins.groups, "conflicting_sets": twins.conflicting,
                    "test_rows_with_twin": twins.crossing, "near": near,
                },
                remedy="group duplicates: keep all copies of a row on one side of every split, or keep one of each",
            )
        ]  # fmt: skip


@dataclass(frozen=True)
class _Twins:
    copies: int
    groups: int
    conflicting: int
    crossing: float
    disagreement: float


def _hashed(values: pd.Series[Any]) -> Hashes:
    try:
        return np.asarray(pd.util.hash_pandas_object(values, index=False), dtype=np.uint64)
    except TypeError:  # values without a hash
        return np.asarray(pd.util.hash_pandas_object(values.map(repr), index=False), dtype=np.uint64)


def _groups(hashes: list[Hashes]) -> Codes:
    """A number per row, equal for rows whose columns are all equal."""
    mixed = np.zeros(len(hashes[0]), dtype=np.uint64)
    for column in hashes:
        mixed = (mixed * np.uint64(0x9E3779B97F4A7C15)) ^ column
        mixed ^= mixed >> np.uint64(29)
    return np.asarray(pd.factorize(mixed)[0], dtype=np.int64)


def _copies(groups: Codes) -> int:
    return len(groups) - (int(groups.max()) + 1)


def _held_out(material: Material) -> tuple[Bools | None, str | None]:
    try:
        return material.held_out_rows()
    except NotApplicable:
        return None, None


def _twins(material: Material, groups: Codes, held_out: Bools | None) -> _Twins:
    """What is known of equal rows; those of one value of the group column are one row, as the split keeps them together."""
    rows = np.arange(len(groups)) if material.group is None else _one_of_each(groups, material.codes(material.group))
    groups, y = np.unique(groups[rows], return_inverse=True)[1], material.y[rows]
    sizes = np.bincount(groups)
    if held_out is None:
        crossing = float((1 - TEST_SHARE ** (sizes[groups] - 1)).sum() / len(groups))
    else:
        set_aside = held_out[rows]
        crossing = float(np.isin(groups[set_aside], groups[~set_aside]).mean()) if set_aside.any() else 0.0
    values = np.unique(y, return_inverse=True)[1]
    distinct = np.bincount(np.unique(groups * (int(values.max()) + 1) + values) // (int(values.max()) + 1))
    repeated = sizes > 1
    conflicting = int((distinct[repeated] > 1).sum())
    return _Twins(
        copies=_copies(groups),
        groups=int(repeated.sum()),
        conflicting=conflicting,
        crossing=crossing,
        disagreement=conflicting / max(1, int(repeated.sum())),
    )


def _one_of_each(groups: Codes, owners: Codes) -> Codes:
    """The first row of every set of copies under each owner; rows without an owner stand for themselves."""
    alone = owners < 0
    named = np.where(alone, len(owners) + np.arange(len(owners)), owners)
    return np.sort(np.unique(np.column_stack([groups, named]), axis=0, return_index=True)[1])


def _by_chance(material: Material, columns: list[str], twins: _Twins, *, near: bool) -> bool:
    """Whether equal rows are coincidence, as in a table of a few yes/no columns.

    Coincidence leaves two marks: columns shuffled independently give about as many copies (no column being nearly
    unique by itself), or the copies disagree on the target about as often as rows taken at random.
    """
    rng = material.rng("shuffled columns")
    hashes = [_hashed(_coarse(material, c) if near else material.features[c]) for c in columns]
    shuffled = _groups([column[rng.permutation(material.n)] for column in hashes])
    telling = any(len(np.unique(column)) >= 0.5 * material.n for column in hashes)
    if not telling and 2 * _copies(shuffled) >= twins.copies:
        return True
    pairs = rng.permutation(material.n)
    at_random = float((material.y != material.y[pairs]).mean())
    return twins.disagreement >= 0.5 * at_random


def _coarse(material: Material, column: str) -> pd.Series[Any]:
    """Numbers to three digits; texts in small letters without signs and double spaces."""
    if material.kind(column) == "number":
        values = material.numbers(column)
        nonzero = np.where(values == 0, 1.0, np.abs(values))
        size = 10.0 ** (np.floor(np.log10(nonzero)) - (DIGITS - 1))
        return pd.Series(np.round(values / size) * size)
    texts: pd.Series[Any] = material.features[column]
    if material.kind(column) == "time":
        return texts
    return texts.astype(str).str.lower().str.replace(r"[^\w]+", " ", regex=True).str.strip()
