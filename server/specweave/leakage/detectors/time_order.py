"""A target that drifts with time: a random split trains on the future of its test rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from specweave.leakage.association import as_columns, association, tenths
from specweave.leakage.finding import Finding, NotApplicable
from specweave.leakage.material import Codes, Floats, Material
from specweave.leakage.times import as_time
from specweave.rendering import number, percent

LEAST_DRIFT = 0.01
LEAST_ECHO = 0.1
SURE = 1e-6


class TimeOrder:
    code = "time-order"
    title = "Random split that looks into the future"

    def examine(self, material: Material) -> list[Finding]:
        if material.time is not None:
            raise NotApplicable(f"the split already goes by time ({material.time})")
        times = {c: t for c in material.columns if (t := as_time(material, c)) is not None}
        if not times:
            raise NotApplicable("no column holds dates or times")
        return [f for column, values in times.items() if (f := self._look(material, column, values)) is not None]

    def _look(self, material: Material, column: str, values: Floats) -> Finding | None:
        known = np.flatnonzero(~np.isnan(values))
        order = known[np.argsort(values[known], kind="stable")]
        y = material.y[order]
        drift = association(tenths(values[order]), y, len(material.classes))
        echo = _echo(y, len(material.classes))
        drifts = drift.excess >= LEAST_DRIFT and drift.p_value <= SURE
        echoes = echo >= LEAST_ECHO and echo * np.sqrt(len(y)) >= 6
        if not drifts and not echoes:
            return None
        said = []
        if drifts:
            said.append(f"{_ends(material, order)}, and time explains {percent(drift.excess)} of its variation")
        if echoes:
            said.append(f"rows next to each other in time share it (correlation {number(echo)})")
        return Finding(
            code=self.code,
            columns=(column,),
            severity="suspected",
            sentence=f"{material.target} changes along {column}: {'; '.join(said)}. A random split would let the model "
            "look into the future of its test rows.",
            evidence={
                "explained_by_time": float(drift.excess),
                "p_value": drift.p_value,
                "correlation_of_neighbours": float(echo),
                "rows": len(order),
            },
            remedy=f'split by time: set split strategy "time" and time: {column}',
        )


def _echo(y: NDArray[Any], k: int) -> float:
    """Correlation of each row's target with that of the row before; over classes, of their 0/1 columns together."""
    shared = total = 0.0
    for column in as_columns(y, k):
        deviation = column - column.mean()
        shared += float(deviation[1:] @ deviation[:-1])
        total += float(deviation @ deviation)
    return shared / total if total > 0 else 0.0


def _ends(material: Material, order: Codes) -> str:
    tenth = max(1, len(order) // 10)
    early, late = material.y[order[:tenth]], material.y[order[-tenth:]]
    if material.is_regression:
        return f"its average goes from {number(float(early.mean()))} in the first tenth of the rows to {number(float(late.mean()))} in the last"
    k = len(material.classes)
    shares = [np.bincount(part, minlength=k) / len(part) for part in (early, late)]
    label = int(np.abs(shares[1] - shares[0]).argmax())
    return f"{material.classes[label]} goes from {percent(shares[0][label])} in the first tenth of the rows to {percent(shares[1][label])} in the last"
