"""A single column from which the target follows: by a threshold, a table of values, a part of a code, or any curve."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from specweave.leakage.finding import Finding, Severity
from specweave.leakage.material import Codes, Material
from specweave.leakage.reference import against_the_rest, promising
from specweave.leakage.strength import Strength, category_strength, column_strength
from specweave.rendering import number, percent


class TargetFunction:
    code = "target-function"
    title = "Column that determines the target"

    def examine(self, material: Material) -> list[Finding]:
        return [finding for column in material.columns if (finding := self._look(material, column)) is not None]

    def _look(self, material: Material, column: str) -> Finding | None:
        part, alone = _best_form(material, column)
        if not promising(material, alone):
            return None
        severity, rest = against_the_rest(material, column, alone)
        return (
            None
            if severity is None
            else self._finding(material, column, part, alone=alone, rest=rest, severity=severity)
        )

    def _finding(
        self, material: Material, column: str, part: str, *, alone: Strength, rest: Strength, severity: Severity
    ) -> Finding:
        if material.is_regression:
            how = (
                f"explains {percent(alone.skill, 2)} of the variation of {material.target} in rows it was not fitted to"
            )
            others = f"all other columns together explain {percent(max(rest.skill, 0), 1)}"
        else:
            right = len(alone.loss) - alone.wrong
            kind_of_rows = "sampled rows" if material.sampled else "rows"
            how = f"tells {material.target} in {right:,} of {len(alone.loss):,} {kind_of_rows} the rule was not learnt from"
            rule = _threshold(material, column) if not part else None
            how += f" ({rule})" if rule else ""
            others = f"all other columns together are wrong in {rest.wrong:,} of them, this one in {alone.wrong:,}"
        doubt = "" if severity == "certain" else " It may be a strong honest feature."
        return Finding(
            code=self.code,
            columns=(column,),
            severity=severity,
            sentence=f"{part}{column} alone {how}; {others}.{doubt}",
            evidence={
                "judged": material.judged_rows(),
                "skill": float(alone.skill),
                "skill_of_all_others": float(rest.skill),
                "part": part.strip(),
            },
            remedy=(
                f"exclude {column}, unless it is known at the moment of prediction"
                if severity == "certain"
                else f"ask when {column} is written: exclude it if that is after {material.target} is known"
            ),
        )


def _best_form(material: Material, column: str) -> tuple[str, Strength]:
    """The column itself, or the part of a code (first or last characters, length) that tells more."""
    best = "", column_strength(material, column)
    if promising(material, best[1]):
        return best
    for part, codes in _parts(material, column):
        alone = category_strength(material, codes)
        if alone.skill > best[1].skill:
            best = part, alone
    return best


def _parts(material: Material, column: str) -> Iterator[tuple[str, Codes]]:
    if material.kind(column) == "time":
        return
    values = material.features[column].iloc[material.sample]
    distinct = len(np.unique(material.codes(column, material.sample)))
    if material.kind(column) == "number":
        # Digits of a measured quantity mean nothing; those of a running number may.
        coded = pd.api.types.is_integer_dtype(values.dtype) and distinct * 2 > len(values)
    else:
        coded = distinct * 4 > len(values)
    if not coded:
        return
    texts = values.astype("string")
    for part, piece in (
        ("The first character of ", texts.str[:1]),
        ("The first two characters of ", texts.str[:2]),
        ("The last character of ", texts.str[-1:]),
        ("The length of ", texts.str.len()),
    ):
        yield part, np.asarray(pd.factorize(piece)[0], dtype=np.int64)


def _threshold(material: Material, column: str) -> str | None:
    """The single cut of a number that gives the same answers, for two classes; nothing when one cut does not do."""
    if len(material.classes) != 2 or material.kind(column) != "number":
        return None
    values, y = material.numbers(column, material.sample), material.sample_y
    known = ~np.isnan(values)
    order = np.argsort(values[known], kind="stable")
    x, ones = values[known][order], np.cumsum(y[known][order])
    wrong_if_rising = ones + (len(x) - np.arange(1, len(x) + 1)) - (ones[-1] - ones)
    cut_allowed = np.append(np.diff(x) > 0, False)
    for wrong, low, high in ((wrong_if_rising, 0, 1), (len(x) - wrong_if_rising, 1, 0)):
        masked = np.where(cut_allowed, wrong, len(x))
        at = int(masked.argmin())
        if masked[at] <= max(1, 0.02 * min(ones[-1], len(x) - ones[-1])):
            cut = number(float((x[at] + x[at + 1]) / 2))
            return f"below {cut}: {material.classes[low]}, above: {material.classes[high]}"
    return None
