"""Columns whose emptiness tells the target, as when a field is filled in only for one outcome."""

from __future__ import annotations

import numpy as np

from specweave.leakage.finding import Finding, NotApplicable, Severity
from specweave.leakage.material import Bools, Material
from specweave.leakage.reference import determiners, everything_else, promising, verdict
from specweave.leakage.strength import Strength, category_strength
from specweave.rendering import number, percent

LEAST_ROWS = 15


class Missingness:
    code = "missingness"
    title = "Missing values that tell the target"

    def examine(self, material: Material) -> list[Finding]:
        gaps = {c: material.missing(c, material.sample) for c in material.columns}
        gaps = {c: g for c, g in gaps.items() if LEAST_ROWS <= g.sum() <= len(g) - LEAST_ROWS}
        if not gaps:
            raise NotApplicable(f"no column has at least {LEAST_ROWS} missing and {LEAST_ROWS} present values")
        found = [f for c in gaps if (f := self._single(material, gaps, c)) is not None]
        if not found and len(gaps) > 1:
            found = [f for f in [self._together(material, gaps)] if f is not None]
        return found

    def _single(self, material: Material, gaps: dict[str, Bools], column: str) -> Finding | None:
        alone = category_strength(material, gaps[column].astype(np.int64))
        if not promising(material, alone) and alone.explained < 0.5:
            return None
        twins = {c for c, gap in gaps.items() if (gap == gaps[column]).mean() > 0.99}
        rest = everything_else(material, determiners(material) | twins)
        severity = verdict(material, alone, rest)
        if severity is None and alone.explained >= 0.5 and alone.explained > rest.explained:
            severity = "suspected"
        if severity is None:
            return None
        return self._finding(
            material, (column,), f"Whether {column} is filled in", alone=alone, rest=rest, severity=severity
        )

    def _together(self, material: Material, gaps: dict[str, Bools]) -> Finding | None:
        patterns = np.unique(np.column_stack(list(gaps.values())), axis=0, return_inverse=True)[1].reshape(-1)
        alone = category_strength(material, patterns)
        if not promising(material, alone):
            return None
        rest = everything_else(material, determiners(material) | set(gaps))
        severity = verdict(material, alone, rest)
        if severity is None:
            return None
        subject = f"The pattern of missing values in {len(gaps)} columns"
        return self._finding(material, tuple(gaps), subject, alone=alone, rest=rest, severity=severity)

    def _finding(
        self, material: Material, columns: tuple[str, ...], subject: str, *, alone: Strength, rest: Strength,
        severity: Severity,
    ) -> Finding:  # fmt: skip
        detail, counts = _by_gap(material, columns[0])
        if material.is_regression:
            how = f"explains {percent(alone.skill, 1)} of the variation of {material.target}"
            others = f"the other columns together explain {percent(max(rest.skill, 0), 1)}"
        else:
            how = f"tells {material.target} in {len(alone.loss) - alone.wrong:,} of {len(alone.loss):,} rows"
            others = f"the other columns together are wrong in {rest.wrong:,} rows, this in {alone.wrong:,}"
        return Finding(
            code=self.code,
            columns=columns,
            severity=severity,
            sentence=f"{subject} {how}{f' ({detail})' if len(columns) == 1 else ''}; {others}.",
            evidence={"judged": material.judged_rows(), "skill": float(alone.skill),
                      "skill_of_all_others": float(rest.skill), **counts},
            remedy=f"exclude {', '.join(columns)}, or record it at the same moment for every row",
        )  # fmt: skip


def _by_gap(material: Material, column: str) -> tuple[str, dict[str, int]]:
    """What the target is where the column is filled and where it is empty, over all rows."""
    gap = material.missing(column)
    parts, numbers = [], dict[str, int]()
    for word, rows in (("filled", ~gap), ("empty", gap)):
        y = material.y[rows]
        numbers[f"rows_{word}"] = len(y)
        if material.is_regression:
            parts.append(f"{word}: average {number(float(y.mean()))}")
        else:
            counts = np.bincount(y, minlength=len(material.classes))
            top = int(counts.argmax())
            parts.append(f"{word}: {material.classes[top]} in {int(counts[top]):,} of {len(y):,}")
    return ", ".join(parts), numbers
