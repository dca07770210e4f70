"""The analysis of an A/B test, right at whatever time it is run and however often."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from specweave.deployment.ab.plan import DEFAULT_SHARE, Plan
from specweave.deployment.ab.ratio import sample_ratio
from specweave.deployment.ab.result import ABAnalysis, Effect, Guardrail, GuardrailVerdict, Moment
from specweave.deployment.ab.sequential import PLANNED, Track, is_yes_or_no, track, units_needed
from specweave.deployment.ab.units import Units
from specweave.deployment.ab.wording import decided
from specweave.errors import DataError, listing
from specweave.metrics.predictions import FloatArray

Better = Literal["higher", "lower"]
MOMENTS = 200


@dataclass(frozen=True)
class GuardrailRule:
    """An outcome that must not get worse by more than `tolerated`."""

    outcome: str
    better: Better
    tolerated: float

    @classmethod
    def parse(cls, text: str) -> GuardrailRule:
        """From `latency_ms:lower:5`: name, which direction is better, how much worse is tolerated."""
        name, better, tolerated = ([*text.rsplit(":", 2), "", ""])[:3]
        worse = _tolerance(tolerated)
        if not name or better not in ("higher", "lower") or worse is None:
            raise DataError(
                "A guardrail that cannot be read",
                value=text,
                allowed="name:higher|lower:tolerated, as latency_ms:lower:5",
            )
        return cls(name, "higher" if better == "higher" else "lower", worse)


def _tolerance(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if found >= 0 and math.isfinite(found) else None


@dataclass(frozen=True)
class Question:
    """What the test is to answer. `covariate` is a column with each unit's value from before the test (CUPED).

    `planned` is the number of units at which the intervals are tightest; it has to be set before data are seen.
    """

    outcome: str | None = None
    better: Better = "higher"
    share: float = DEFAULT_SHARE
    smallest: float | None = None
    covariate: str | None = None
    guardrails: Sequence[GuardrailRule] = ()
    planned: float | None = None
    alpha: float = 0.05


def question_from(
    planned: Plan | None,
    *,
    outcome: str | None = None,
    lower_is_better: bool = False,
    share: float | None = None,
    smallest: float | None = None,
    covariate: str | None = None,
    guardrails: Sequence[str] = (),
    planned_units: float | None = None,
) -> Question:
    """What a command line asks; what it leaves open is taken from the plan, where there is one."""
    wanted = planned.wanted if planned else None
    share = share if share is not None else wanted.share if wanted else DEFAULT_SHARE
    if not 0 < share < 1:
        raise DataError("The share of units with the new model lies between 0 and 1", value=share)
    if smallest is None and wanted:
        smallest = wanted.effect
    return Question(
        outcome=outcome,
        better="lower" if lower_is_better else "higher",
        share=share,
        smallest=smallest or None,
        covariate=covariate,
        guardrails=tuple(GuardrailRule.parse(text) for text in guardrails),
        planned=planned_units if planned_units is not None else float(planned.units) if planned else None,
        alpha=wanted.alpha if wanted else 0.05,
    )


def analyse(units: Units, question: Question) -> ABAnalysis:
    """The test so far, with a decision in words. Raises DataError where the outcome is not in the data."""
    outcome = question.outcome or _only_outcome(units, question)
    planned = question.planned or PLANNED
    effect, course = _effect(units, outcome, question, planned)
    counted = units.counted
    found = ABAnalysis(
        units=counted,
        exposed_ratio=sample_ratio(counted.control, counted.treatment, question.share),
        analysed_ratio=sample_ratio(int((~units.treated).sum()), int(units.treated.sum()), question.share),
        primary=effect,
        better=question.better,
        smallest=None if question.smallest is None else abs(question.smallest),
        planned=planned,
        planned_how="named" if question.planned else "usual, as no plan was named",
        guardrails=tuple(_guardrail(units, rule, question, planned) for rule in question.guardrails),
        over_time=_moments(course),
        decision="go on",
        sentences=(),
    )
    decision, sentences = decided(found, question.share)
    return found.model_copy(update={"decision": decision, "sentences": sentences})


def _only_outcome(units: Units, question: Question) -> str:
    taken = {question.covariate, *(rule.outcome for rule in question.guardrails)}
    left = [name for name in units.numeric() if name not in taken]
    if len(left) != 1:
        raise DataError(
            "The outcome the test is about has to be named", allowed=listing(left), next_step="name it with --outcome"
        )
    return left[0]


def _effect(units: Units, outcome: str, question: Question, planned: float) -> tuple[Effect, Track]:
    values = units.column(outcome)
    # A guardrail has no covariate of its own; the value before the test is that of the primary outcome.
    before = units.column(question.covariate) if question.covariate else None
    course = track(values, units.treated, covariate=before, alpha=question.alpha, planned=planned)
    known = len(course) > 0 and math.isfinite(course.low[-1])
    made = Effect(
        outcome=outcome,
        kind="proportion" if is_yes_or_no(values) else "mean",
        control=_mean(values[~units.treated]),
        treatment=_mean(values[units.treated]),
        difference=float(course.difference[-1]),
        low=float(course.low[-1]) if known else None,
        high=float(course.high[-1]) if known else None,
        level=1 - question.alpha,
        p_value=float(course.p_value[-1]),
        needed=math.ceil(float(units_needed(values)[-1])),
        covariate=question.covariate,
        variance_removed=course.reduction if question.covariate else None,
    )
    return made, course


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if len(values) else 0.0


def _guardrail(units: Units, rule: GuardrailRule, question: Question, planned: float) -> Guardrail:
    bare = Question(alpha=question.alpha)
    effect, _ = _effect(units, rule.outcome, bare, planned)
    return Guardrail(effect=effect, better=rule.better, tolerated=rule.tolerated, verdict=guarded(effect, rule))


def guarded(effect: Effect, rule: GuardrailRule) -> GuardrailVerdict:
    """Harmed when it certainly got worse by more than is tolerated, safe when it certainly did not, else open."""
    if effect.low is None or effect.high is None:
        return "open"
    least, most = (-effect.high, -effect.low) if rule.better == "higher" else (effect.low, effect.high)
    if least > rule.tolerated:
        return "harmed"
    return "safe" if most <= rule.tolerated else "open"


def _moments(course: Track) -> tuple[Moment, ...]:
    if not len(course):
        return ()
    at = np.unique(np.linspace(1, len(course), min(len(course), MOMENTS)).round().astype(int))
    return tuple(
        Moment(
            units=int(n),
            difference=float(course.difference[n - 1]),
            low=_finite(course.low[n - 1]),
            high=_finite(course.high[n - 1]),
        )
        for n in at
    )


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
