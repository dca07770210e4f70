"""What the analysis of an A/B test found: the facts its documents are rendered from."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from specweave.deployment.ab.ratio import SampleRatio
from specweave.deployment.ab.units import Counted

Decision = Literal["invalid", "stop", "ship", "roll back", "no difference that matters", "go on", "too early"]
GuardrailVerdict = Literal["harmed", "safe", "open"]


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class Effect(_Fact):
    """Treatment - control of one outcome with its always-valid interval; no interval while there are too few units.

    `needed` units in the smaller arm come before the first interval. `variance_removed` is what the covariate took away.
    """

    outcome: str
    kind: Literal["proportion", "mean"]
    control: float
    treatment: float
    difference: float
    low: float | None
    high: float | None
    level: float
    p_value: float
    needed: int
    covariate: str | None = None
    variance_removed: float | None = None


class Guardrail(_Fact):
    """An outcome that must not get worse by more than `tolerated`, in its own unit."""

    effect: Effect
    better: Literal["higher", "lower"]
    tolerated: float
    verdict: GuardrailVerdict


class Moment(_Fact):
    """The interval as it stood after so many units."""

    units: int
    difference: float
    low: float | None
    high: float | None


class ABAnalysis(_Fact):
    """One test judged. `smallest` is the effect that matters, where one was named."""

    units: Counted
    exposed_ratio: SampleRatio
    analysed_ratio: SampleRatio
    primary: Effect
    better: Literal["higher", "lower"]
    smallest: float | None
    planned: float
    planned_how: str
    guardrails: tuple[Guardrail, ...] = ()
    over_time: tuple[Moment, ...] = ()
    decision: Decision
    sentences: tuple[str, ...]
    documents: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"Decision: {self.decision}.", *self.sentences]
        if self.documents:
            lines.append("Written: " + ", ".join(self.documents))
        return "\n".join(lines)
