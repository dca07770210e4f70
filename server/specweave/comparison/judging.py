"""Values with intervals and paired tests, each worked out once for predictions that stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from specweave.comparison.entrants import Entrant
from specweave.comparison.kept import Kept
from specweave.comparison.result import Judgement
from specweave.metrics import Comparison, Estimate, Predictions, compare, estimate, holm

LEVEL = 0.95
RESAMPLES = 500


@dataclass(frozen=True)
class Judge:
    """Judges by one metric; `groups` (by row number) makes rows count as whole groups."""

    metric: str
    kept: Kept
    groups: pd.Series | None = None

    def estimate(self, one: Entrant) -> Estimate:
        """The metric of one record with its interval."""

        def work() -> dict[str, Any]:
            predictions = one.predictions
            groups = self._groups(predictions)
            found = estimate(self.metric, predictions, n_resamples=RESAMPLES, level=LEVEL, groups=groups)
            return found.model_dump(mode="json")

        return Estimate.model_construct(**self.kept.once(self._key("estimate", one), work))

    def against(self, reference: Entrant, others: Sequence[Entrant]) -> dict[str, Judgement]:
        """Every other record against the reference, by id, corrected for their number (Holm 1979)."""
        found = {one.id: self._compared(one, reference) for one in others if one.id != reference.id}
        tested = {name: c.p_value for name, c in found.items() if c.p_value is not None}
        adjusted = dict(zip(tested, holm(tested.values()), strict=True))
        return {name: _judgement(comparison, adjusted.get(name)) for name, comparison in found.items()}

    def _compared(self, one: Entrant, reference: Entrant) -> Comparison:
        def work() -> dict[str, Any]:
            a, b = one.predictions, reference.predictions
            found = compare(self.metric, a, b, n_resamples=RESAMPLES, level=LEVEL, groups=self._groups(a))
            return found.model_dump(mode="json")

        # Checked when it becomes a judgement; checking ten thousand of them twice would take as long as all the rest.
        return Comparison.model_construct(**self.kept.once(self._key("compare", one, reference), work))

    def _key(self, what: str, one: Entrant, reference: Entrant | None = None) -> str:
        grouped = "" if self.groups is None else f"by {self.groups.name} "
        against = "" if reference is None else f" {reference.mark}"
        return f"{what} {self.metric} {RESAMPLES} {grouped}{one.mark}{against}"

    def _groups(self, predictions: Predictions) -> Any:
        if self.groups is None or predictions.rows is None:
            return None
        return self.groups.reindex(predictions.rows).astype(str).to_numpy()


def _judgement(found: Comparison, p_holm: float | None) -> Judgement:
    verdict = found.verdict
    if p_holm is not None and p_holm >= 1 - LEVEL:
        verdict = "within noise"
    return Judgement(
        difference=found.difference,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        p_holm=p_holm,
        test=found.test,
        verdict=verdict,
        undefined=found.undefined,
    )
