"""What a comparison of experiments found; every document is rendered from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from specweave.metrics import Verdict


# Ten thousand experiments make thirty thousand of these; models of pydantic would take ten times as long.
@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One experiment against a reference on the same rows.

    `difference` is its metric minus the reference's; `p_holm` is corrected for all comparisons with that reference, and
    the verdict needs both the interval and the corrected test.
    """

    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    p_holm: float | None = None
    test: str = ""
    verdict: Verdict
    undefined: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One experiment: its out-of-fold value with interval, and how it stands; or why it cannot be compared.

    The references themselves carry no judgement against themselves. `history` holds (step, value) of the metric where the
    run logged steps.
    """

    experiment: str
    name: str
    kind: str
    status: str
    params: dict[str, Any] = field(default_factory=dict)
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    against_baseline: Judgement | None = None
    against_best: Judgement | None = None
    seconds: float | None = None
    history: tuple[tuple[float, float], ...] = ()
    not_comparable: str | None = None

    def as_json(self) -> str:
        """In one line."""
        return _ONE.dump_json(self).decode("utf-8")

    def as_facts(self) -> dict[str, Any]:
        """As JSON holds it."""
        facts: dict[str, Any] = _ONE.dump_python(self, mode="json")
        return facts


_ONE = TypeAdapter(Compared)


class ExperimentComparison(BaseModel):
    """All experiments, best first, those that cannot be compared last."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    increment: str
    metric: str
    metric_title: str
    greater_is_better: bool
    level: float
    baseline: str | None
    best: str | None
    experiments: tuple[Compared, ...]
    verdict: str
    figures: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()

    @property
    def comparable(self) -> tuple[Compared, ...]:
        """Those with a value on the shared rows."""
        return tuple(one for one in self.experiments if one.not_comparable is None)

    def row(self, experiment: str) -> Compared:
        """The entry of one experiment; KeyError when it is not in the comparison."""
        for one in self.experiments:
            if one.experiment == experiment:
                return one
        raise KeyError(experiment)

    def __str__(self) -> str:
        lines = [self.verdict]
        if self.documents:
            lines.append("Written: " + ", ".join(self.documents))
        return "\n".join(lines)
