"""Columns that only name a row, and orders of rows that tell the target."""

from __future__ import annotations

import numpy as np

from specweave.leakage.association import Association, association, tenths
from specweave.leakage.finding import Finding, NotApplicable
from specweave.leakage.identity import LEAST_ROWS, identifiers
from specweave.leakage.material import Floats, Material
from specweave.leakage.times import as_time
from specweave.rendering import percent

LEAST_EXCESS = 0.02
SURE = 1e-6


class RowIds:
    code = "row-ids"
    title = "Row ids and the order of rows"

    def examine(self, material: Material) -> list[Finding]:
        if material.n < LEAST_ROWS:
            raise NotApplicable(f"only {material.n} rows; {LEAST_ROWS} are needed to know an id")
        ids = [c for c in identifiers(material) if as_time(material, c) is None]
        found = [self._id(material, column) for column in ids]
        order = _told(material, np.arange(material.n, dtype=np.float64))
        if _counts(order):
            found.append(self._order(material, order))
        return found

    def _id(self, material: Material, column: str) -> Finding:
        told = _told(material, _positions(material, column))
        facts = {"share_told": max(0.0, told.excess), "p_value": told.p_value, "rows": material.n}
        if not _counts(told):
            return Finding(
                code=self.code,
                columns=(column,),
                severity="note",
                sentence=f"{column} has another value in each of {material.n:,} rows and only names them.",
                evidence=facts,
                remedy=f"leave {column} out of the features; keep it to find rows again",
            )
        return Finding(
            code=self.code,
            columns=(column,),
            severity="suspected",
            sentence=(
                f"{column} only names the rows, yet its order tells {percent(told.excess)} of the variation of "
                f"{material.target}: it was given in an order that goes with the outcome."
            ),
            evidence=facts,
            remedy=f"exclude {column}; new rows get numbers the model has never seen",
        )

    def _order(self, material: Material, told: Association) -> Finding:
        return Finding(
            code=self.code,
            columns=(),
            severity="note",
            sentence=(
                f"The order of the rows tells {percent(told.excess)} of the variation of {material.target}: "
                "the file is sorted by something that knows it, such as place, time or the outcome."
            ),
            evidence={"share_told": told.excess, "p_value": told.p_value, "rows": material.n},
            remedy="never split this file by position without shuffling; if the order is time, name the time column "
            "and split by it",
        )


def _counts(told: Association) -> bool:
    return told.excess >= LEAST_EXCESS and told.p_value <= SURE


def _told(material: Material, positions: Floats) -> Association:
    return association(tenths(positions), material.y, len(material.classes))


def _positions(material: Material, column: str) -> Floats:
    if material.kind(column) == "number":
        return material.numbers(column)
    order = np.argsort(material.features[column].astype(str).to_numpy(dtype=object), kind="stable")
    positions = np.empty(material.n)
    positions[order] = np.arange(material.n)
    return positions
