"""The decision of an A/B test in words."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from specweave.deployment.ab.result import ABAnalysis, Decision, Effect, Guardrail
from specweave.evidence import resolve_pointer
from specweave.rendering import number, percent

MOST_IN_BOTH = 0.01
# Shows the value at a pointer of the analysis in a form: plainly, or with its evidence.
Show = Callable[[str, Callable[[Any], str]], str]


def decided(found: ABAnalysis, share: float) -> tuple[Decision, tuple[str, ...]]:
    """The decision and the sentences that explain it."""
    decision = _decision(found)
    facts = found.model_copy(update={"decision": decision}).model_dump(mode="json")
    return decision, sentences(found.model_copy(update={"decision": decision}), share, plain(facts))


def plain(facts: dict[str, Any]) -> Show:
    """Values as they are, without evidence."""
    return lambda pointer, form: form(resolve_pointer(facts, pointer))


def _decision(found: ABAnalysis) -> Decision:
    if _invalid(found):
        return "invalid"
    if any(rail.verdict == "harmed" for rail in found.guardrails):
        return "stop"
    low, high = _gain(found)
    return "too early" if low is None or high is None else _by_interval(low, high, found.smallest)


def _by_interval(low: float, high: float, smallest: float | None) -> Decision:
    if low > 0:
        return "ship"
    if high < 0:
        return "roll back"
    return "no difference that matters" if smallest is not None and high < smallest else "go on"


def _gain(found: ABAnalysis) -> tuple[float | None, float | None]:
    """The interval in the good direction."""
    low, high = found.primary.low, found.primary.high
    if low is None or high is None:
        return None, None
    return (low, high) if found.better == "higher" else (-high, -low)


def _invalid(found: ABAnalysis) -> bool:
    exposed = found.units.control + found.units.treatment + found.units.in_both
    return (
        found.exposed_ratio.mismatch
        or found.analysed_ratio.mismatch
        or found.units.in_both > MOST_IN_BOTH * max(exposed, 1)
    )


def sentences(found: ABAnalysis, share: float, show: Show) -> tuple[str, ...]:
    """What was found, the reason for the decision first."""
    said = [_reason(found, share, show), *_effect(found, show)]
    said += [_rail(rail, f"/guardrails/{i}", show) for i, rail in enumerate(found.guardrails)]
    return tuple(said)


def _reason(found: ABAnalysis, share: float, show: Show) -> str:
    name = found.primary.outcome
    rails = {
        verdict: [r.effect.outcome for r in found.guardrails if r.verdict == verdict] for verdict in ("harmed", "open")
    }
    if found.decision == "invalid":
        return _why_invalid(found, show)
    if found.decision == "too early":
        have = min(found.units.control, found.units.treatment)
        return (
            f"No interval yet: {show('/primary/needed', number)} units in the smaller arm are needed for an outcome as "
            f"skewed as {name}, and {have:,} are there."
        )
    waiting = f" Still open: {', '.join(rails['open'])}; wait for that if it matters." if rails["open"] else ""
    return {
        "stop": f"Switch the challenger off: {', '.join(rails['harmed'])} got worse by more than is tolerated.",
        "ship": f"The new model is better in {name}: give it to all.{waiting}",
        "roll back": f"The new model is worse in {name}: keep the old one.",
        "no difference that matters": f"Whatever the new model gains in {name} is less than what matters: keep the simpler one.",
        "go on": f"The interval of {name} still holds no difference: go on. {_how_long(found, share)}".strip(),
    }[found.decision]


def _why_invalid(found: ABAnalysis, show: Show) -> str:
    for key, ratio, what in (
        ("exposed_ratio", found.exposed_ratio, "exposed"),
        ("analysed_ratio", found.analysed_ratio, "analysed"),
    ):
        if ratio.mismatch:
            cause = (
                "the assignment, the log or a filter loses units of one arm"
                if what == "exposed"
                else "outcomes are missing more often in one arm, or are only written when something happened (--absent 0)"
            )
            return (
                f"Do not trust this test: {show(f'/{key}/share', _percent)} of the {what} units have the new model, "
                f"{show(f'/{key}/wanted_share', _percent)} were wanted (p {_small(show, f'/{key}/p_value')}). "
                f"Probably {cause}; find out before reading any difference."
            )
    return (
        f"Do not trust this test: {show('/units/in_both', number)} units met both models. "
        "Was the salt or the unit's id changed while it ran?"
    )


def _effect(found: ABAnalysis, show: Show) -> list[str]:
    one = found.primary
    form = _percent if one.kind == "proportion" else number
    arms = f"{show('/primary/control', form)} with the old model, {show('/primary/treatment', form)} with the new"
    adjusted = "difference, adjusted for the value before the test," if one.covariate else "difference"
    difference = f"{adjusted} {show('/primary/difference', form)}{_interval(one, '/primary', show, form)}"
    said = [f"{one.outcome}: {arms}; {difference}."]
    if one.variance_removed is not None:
        said.append(
            f"The value before the test ({one.covariate}) took away {show('/primary/variance_removed', percent)} of the variance."
        )
    return said


def _interval(one: Effect, pointer: str, show: Show, form: Callable[[Any], str]) -> str:
    if one.low is None:
        return ""
    return (
        f", {one.level:.0%} interval {show(f'{pointer}/low', form)} to {show(f'{pointer}/high', form)}, "
        f"p {_small(show, f'{pointer}/p_value')}, both right however often one looks"
    )


def _rail(rail: Guardrail, pointer: str, show: Show) -> str:
    form = _percent if rail.effect.kind == "proportion" else number
    words = {"harmed": "has got worse than is tolerated", "safe": "is safe", "open": "is open still"}[rail.verdict]
    return (
        f"Guardrail {rail.effect.outcome} ({rail.better} is better, {show(f'{pointer}/tolerated', form)} worse tolerated) {words}: "
        f"difference {show(f'{pointer}/effect/difference', form)}{_interval(rail.effect, f'{pointer}/effect', show, form)}."
    )


def _how_long(found: ABAnalysis, share: float) -> str:
    """How many units more would settle the smallest effect, from the width of the interval now."""
    low, high = found.primary.low, found.primary.high
    if found.smallest is None or low is None or high is None:
        return ""
    units = found.over_time[-1].units
    wanted = math.ceil(units * ((high - low) / 2 / found.smallest) ** 2)
    if wanted <= units:
        return ""
    return f"About {wanted - units:,} units more, {round((wanted - units) * share):,} of them with the new model, would show {found.smallest:g}."


def _percent(value: Any) -> str:
    return percent(value, 2)


def _small(show: Show, pointer: str) -> str:
    return show(pointer, lambda value: number(value, 2))
