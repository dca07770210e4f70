"""Columns that sound as if they were written after the outcome and know more than everything else."""

from __future__ import annotations

import numpy as np

from specweave.leakage.finding import Finding, NotApplicable
from specweave.leakage.material import Material
from specweave.leakage.names import AFTERWARDS_WORDS, says, words
from specweave.leakage.reference import determiners, everything_else
from specweave.leakage.strength import Strength, column_strength
from specweave.rendering import percent

LEAST_EXPLAINED = 0.1
MOSTLY = 0.95


class AfterTheFact:
    code = "after-the-fact"
    title = "Column known only after the outcome"

    def examine(self, material: Material) -> list[Finding]:
        named = [c for c in material.columns if says(c, AFTERWARDS_WORDS)]
        dated = [c for c in material.columns if material.time and c != material.time and material.kind(c) == "time"]
        if not named and not dated:
            raise NotApplicable("no column is named like an outcome, and none is dated after the row's own time")
        by_name = [self._by_name(material, c, named) for c in named]
        return [f for f in (*by_name, *(self._by_date(material, c) for c in dated)) if f is not None]

    def _by_name(self, material: Material, column: str, named: list[str]) -> Finding | None:
        alone = column_strength(material, column)
        if alone.explained < LEAST_EXPLAINED:
            return None
        rest = everything_else(material, determiners(material) | set(named))
        if alone.explained <= max(rest.explained, 0) or not _surely_better(alone, rest):
            return None
        word = ", ".join(sorted(words(column) & AFTERWARDS_WORDS))
        return Finding(
            code=self.code,
            columns=(column,),
            severity="suspected",
            sentence=(
                f"{column} is named like something known after the outcome ({word}) and alone explains "
                f"{percent(alone.explained)} of {material.target}; all columns not named so together explain "
                f"{percent(max(rest.explained, 0))}."
            ),
            evidence={
                "explained": float(alone.explained),
                "explained_by_others": float(rest.explained),
                "words": word,
                "judged": material.judged_rows(),
            },
            remedy=f"ask when {column} is written: exclude it if that is after {material.target} is known",
        )

    def _by_date(self, material: Material, column: str) -> Finding | None:
        assert material.time is not None
        if material.kind(material.time) != "time":
            return None
        own, other = material.numbers(material.time), material.numbers(column)
        both = ~np.isnan(own) & ~np.isnan(other)
        later = int((other[both] > own[both]).sum())
        if not both.any() or later < MOSTLY * both.sum():
            return None
        return Finding(
            code=self.code,
            columns=(column,),
            severity="suspected",
            sentence=f"{column} lies after {material.time} in {later:,} of {int(both.sum()):,} rows: at the moment "
            f"of prediction it has not happened yet.",
            evidence={"rows_later": later, "rows": int(both.sum())},
            remedy=f"exclude {column}, unless it is planned and known in advance",
        )


def _surely_better(alone: Strength, rest: Strength) -> bool:
    difference = rest.loss - alone.loss
    error = float(difference.std(ddof=1)) / np.sqrt(len(difference))
    return bool(difference.mean() > 2 * error)
