"""How many units an A/B test needs for the smallest effect that matters, and how long that takes."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from specweave.deployment.ab.sequential import FEWEST, OF_SKEWED, half_width, mixture_scale
from specweave.errors import DataError

Outcome = Literal["proportion", "mean"]
DEFAULT_SHARE = 0.1
LONGEST_DAYS = 56
WEEK = 7


class Wanted(BaseModel):
    """What is asked of a test: the outcome as it is now, and the smallest difference that would matter.

    `sd` is the standard deviation of one unit's outcome (a mean needs it); `correlation` that between the outcome and
    the same unit's value before the test, which CUPED makes use of; `share` the share of units that get the new model.
    """

    model_config = ConfigDict(frozen=True)

    outcome: Outcome
    baseline: float
    effect: float
    sd: float | None = Field(None, gt=0)
    share: float = Field(DEFAULT_SHARE, gt=0, lt=1)
    units_per_day: float | None = Field(None, gt=0)
    correlation: float = Field(0.0, gt=-1, lt=1)
    alpha: float = Field(0.05, gt=0, lt=1)
    power: float = Field(0.8, gt=0, lt=1)


class Plan(BaseModel):
    """Units in both arms together, and days in whole weeks.

    `fixed_*` holds for one look at the end; `units` and `days` are for intervals that may be looked at all the time, with
    at least the wanted power at that size. They are never fewer than the first interval needs.
    """

    model_config = ConfigDict(frozen=True)

    wanted: Wanted
    variance: float
    fixed_units: int
    fixed_treatment: int
    fixed_days: int | None
    units: int
    treatment: int
    days: int | None
    days_at_half: int | None
    units_at_half: int
    sentences: tuple[str, ...] = ()


def wanted_from(*, sd: float | None = None, **options: Any) -> Wanted:
    """What a command line asks for: a mean where a standard deviation is given. Raises DataError for impossible values."""
    facts = {"outcome": "proportion" if sd is None else "mean", "sd": sd, **options}
    try:
        return Wanted.model_validate(facts)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise DataError(f"{first['loc'][0]}: {first['msg']}", value=first["input"]) from error


def plan(wanted: Wanted) -> Plan:
    """The plan for what is wanted. Raises DataError where the effect or the baseline make no sense."""
    _check(wanted)
    control, treatment = _fixed(wanted)
    units, even = _sequential(wanted, wanted.share), _sequential(wanted, 0.5)
    made = Plan(
        wanted=wanted,
        variance=_variances(wanted)[0],
        fixed_units=control + treatment,
        fixed_treatment=treatment,
        fixed_days=_days(wanted, control + treatment),
        units=units,
        treatment=math.ceil(units * wanted.share),
        days=_days(wanted, units),
        units_at_half=even,
        days_at_half=_days(wanted, even),
    )
    return made.model_copy(update={"sentences": _sentences(made)})


def _check(wanted: Wanted) -> None:
    if wanted.effect == 0:
        raise DataError("The smallest effect that matters cannot be 0", next_step="name the difference worth a change")
    if wanted.outcome == "mean" and wanted.sd is None:
        raise DataError(
            "A mean needs the standard deviation of one unit's outcome", next_step="name it with --sd, from past data"
        )
    reached = wanted.baseline + wanted.effect
    if wanted.outcome == "proportion" and not (0 < wanted.baseline < 1 and 0 < reached < 1):
        raise DataError(
            "A proportion lies between 0 and 1",
            value=f"baseline {wanted.baseline:g}, with the effect {reached:g}",
            allowed="for example --baseline 0.12 --effect 0.01",
        )


def _variances(wanted: Wanted) -> tuple[float, float]:
    """Variance of one unit's outcome in control and treatment, after CUPED."""
    left = 1 - wanted.correlation**2
    if wanted.outcome == "mean":
        assert wanted.sd is not None
        return wanted.sd**2 * left, wanted.sd**2 * left
    reached = wanted.baseline + wanted.effect
    return wanted.baseline * (1 - wanted.baseline) * left, reached * (1 - reached) * left


def _fixed(wanted: Wanted) -> tuple[int, int]:
    """Units of control and treatment for a test looked at once, through statsmodels.

    A proportion is taken on its own scale, as the analysis does, with the variance each arm would have.
    """
    from statsmodels.stats.power import TTestIndPower

    ratio = (1 - wanted.share) / wanted.share
    in_control, in_treatment = _variances(wanted)
    # The mean of both variances, weighted as they enter the variance of the difference.
    spread = math.sqrt((in_treatment + in_control / ratio) / (1 + 1 / ratio))
    found = TTestIndPower().solve_power(
        effect_size=abs(wanted.effect) / spread, nobs1=None, alpha=wanted.alpha, power=wanted.power, ratio=ratio
    )
    treatment = float(np.squeeze(found))
    return math.ceil(treatment * ratio), math.ceil(treatment)


def _sequential(wanted: Wanted, share: float) -> int:
    """Units at which an always-valid interval, tuned to that number, leaves out 0 with the wanted power."""
    from statistics import NormalDist

    in_control, in_treatment = _variances(wanted)
    variance = in_treatment / share + in_control / (1 - share)
    reserve = NormalDist().inv_cdf(wanted.power)

    def enough(n: int) -> bool:
        half = float(half_width(n, variance, alpha=wanted.alpha, rho=mixture_scale(n, wanted.alpha)))
        return half + reserve * math.sqrt(variance / n) <= abs(wanted.effect)

    low, high = 1, 2
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return max(high, math.ceil(_first_interval(wanted) / min(share, 1 - share)))


def _first_interval(wanted: Wanted) -> float:
    """Units of the smaller arm below which no interval is given."""
    if wanted.outcome == "mean":
        return FEWEST
    rate = wanted.baseline
    return max(FEWEST, OF_SKEWED * (1 - 2 * rate) ** 2 / (rate * (1 - rate)))


def _days(wanted: Wanted, units: int) -> int | None:
    """Whole weeks, so that every day of the week counts alike."""
    if wanted.units_per_day is None:
        return None
    return math.ceil(units / wanted.units_per_day / WEEK) * WEEK


def _sentences(made: Plan) -> tuple[str, ...]:
    wanted = made.wanted
    shown = f"show a difference of {wanted.effect:+g} with {wanted.power:.0%} probability"
    said = [
        f"{made.units:,} units, {made.treatment:,} of them with the new model, {shown}, looked at as often as one likes",
        f"looked at once, at the end, {made.fixed_units:,} units would do",
    ]
    if made.days is not None:
        said.append(f"that takes {made.days} days at {wanted.units_per_day:,g} units a day, in whole weeks")
        if made.days > LONGEST_DAYS:
            said.append(
                f"more than {LONGEST_DAYS} days is too long to trust: half of the units each would take "
                f"{made.days_at_half} days; or accept a larger smallest effect"
            )
    if wanted.correlation == 0:
        said.append(
            "a value of the same units from before the test would shorten it (CUPED): by a quarter at correlation 0.5"
        )
    return tuple(said)
