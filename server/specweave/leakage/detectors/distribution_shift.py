"""Training and held-out rows that do not come from the same distribution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from specweave.leakage.finding import Finding, NotApplicable
from specweave.leakage.identity import identifiers
from specweave.leakage.material import Bools, Codes, Material
from specweave.rendering import number

MOST_ROWS = 20_000
LEAST_ROWS = 30
SURE = 0.01
LEAST_DISTANCE = 0.1
MOST_VALUES = 30
NAMED = 5


@dataclass(frozen=True)
class _Shift:
    """`distance`: the largest gap between the two distribution functions, or half the sum of the gaps between shares."""

    column: str
    how: str
    distance: float
    p_value: float


class DistributionShift:
    code = "distribution-shift"
    title = "Training and held-out rows from different distributions"

    def examine(self, material: Material) -> list[Finding]:
        held_out, said_by = material.held_out_rows()
        train, test = (_drawn(material, ~held_out, "training"), _drawn(material, held_out, "held out"))
        if min(len(train), len(test)) < LEAST_ROWS:
            raise NotApplicable(f"{len(test)} rows are held out of {material.n}; each side needs {LEAST_ROWS}")
        left_out = {*identifiers(material), material.time, material.group, said_by}
        shifts = [
            shift
            for column in material.columns
            if column not in left_out
            for shift in _compared(material, column, train, test)
        ]
        if not shifts:
            raise NotApplicable("no column holds values that can be compared")
        found = [shift for shift in _by_holm(shifts) if shift.distance >= LEAST_DISTANCE]
        return [_finding(self.code, material, found, (len(train), len(test)), len(shifts))] if found else []


def _drawn(material: Material, side: Bools, purpose: str) -> Codes:
    rows = np.flatnonzero(side)
    if len(rows) > MOST_ROWS:
        rows = np.sort(material.rng(f"{purpose} rows").choice(rows, MOST_ROWS, replace=False))
    return rows


def _compared(material: Material, column: str, train: Codes, test: Codes) -> list[_Shift]:
    """The column's values by Kolmogorov and Smirnov or chi-squared, and which of them are missing by chi-squared."""
    from scipy import stats

    shifts = []
    missing = (material.missing(column, train), material.missing(column, test))
    if missing[0].any() or missing[1].any():
        shifts.append(_shares(column, "missing", missing[0].astype(np.int64), missing[1].astype(np.int64)))
    if material.kind(column) in ("number", "time"):
        values = [material.numbers(column, rows) for rows in (train, test)]
        values = [one[~np.isnan(one)] for one in values]
        if min(map(len, values)) >= LEAST_ROWS:
            test_result = stats.ks_2samp(*values, method="asymp")
            shifts.append(_Shift(column, "values", float(test_result.statistic), float(test_result.pvalue)))
        return [one for one in shifts if one is not None]
    codes = material.codes(column)
    sides = [codes[rows][codes[rows] >= 0] for rows in (train, test)]
    if min(map(len, sides)) >= LEAST_ROWS:
        shifts.append(_shares(column, "values", *sides))
    return [one for one in shifts if one is not None]


def _shares(column: str, how: str, left: Codes, right: Codes) -> _Shift | None:
    """Shares of the values on both sides, rare ones thrown together; nothing when there is one value only."""
    from scipy import stats

    size = int(max(left.max(), right.max())) + 1
    counts = np.array([np.bincount(left, minlength=size), np.bincount(right, minlength=size)])
    expected = counts.sum(axis=0) * min(len(left), len(right)) / (len(left) + len(right))
    order = np.argsort(-expected, kind="stable")
    common = [i for i in order[:MOST_VALUES] if expected[i] >= 5]
    rest = counts.sum(axis=1) - counts[:, common].sum(axis=1)
    table = np.column_stack([counts[:, common], rest]) if rest.sum() else counts[:, common]
    if table.shape[1] < 2 or not (table.sum(axis=0) > 0).all():
        return None
    p_value = float(stats.chi2_contingency(table, correction=False).pvalue)
    shares = table / table.sum(axis=1, keepdims=True)
    return _Shift(column, how, float(np.abs(shares[0] - shares[1]).sum() / 2), p_value)


def _by_holm(shifts: list[_Shift]) -> list[_Shift]:
    """Those that differ with all tests of the table taken together (Holm, 1979), the largest distance first."""
    ordered = sorted(shifts, key=lambda shift: shift.p_value)
    kept: list[_Shift] = []
    for i, shift in enumerate(ordered):
        if shift.p_value > SURE / (len(ordered) - i):
            break
        kept.append(shift)
    return sorted(kept, key=lambda shift: (-shift.distance, shift.column))


def _finding(code: str, material: Material, found: list[_Shift], sizes: tuple[int, int], tests: int) -> Finding:
    columns = tuple(dict.fromkeys(shift.column for shift in found))
    expected = material.time or material.group
    named = ", ".join(
        f"{s.column}{' (missing or not)' if s.how == 'missing' else ''} by {number(s.distance, 2)}"
        for s in found[:NAMED]
    )
    more = f" and {len(columns) - NAMED} more" if len(columns) > NAMED else ""
    because = f" The split goes by {expected}, so a difference is to be expected." if expected else ""
    return Finding(
        code=code,
        columns=columns,
        severity="note" if expected else "suspected",
        sentence=(
            f"{len(columns)} columns differ between {sizes[0]:,} training and {sizes[1]:,} held-out rows beyond chance: {named}"
            f"{more} (distance between the distributions, 0 to 1; Holm over {tests} tests at {SURE}).{because}"
        ),
        evidence={
            "shifts": [
                {"column": s.column, "of": s.how, "distance": s.distance, "p_value": s.p_value} for s in found
            ],
            "training_rows": sizes[0], "held_out_rows": sizes[1], "tests": tests,
        },
        remedy="draw the held-out rows at random from the same table, or say in spec.md why they come from elsewhere",
    )  # fmt: skip
