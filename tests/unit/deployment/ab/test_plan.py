from __future__ import annotations

import numpy as np
import pytest

from specweave.deployment.ab.plan import plan, wanted_from
from specweave.deployment.ab.sequential import track
from specweave.errors import DataError


def made(**options):
    return plan(wanted_from(**{"baseline": 0.12, "effect": 0.02, "share": 0.5, **options}))


def test_one_look_needs_what_a_textbook_says():
    # Fleiss: (1.96 + 0.8416)² (p₁q₁ + p₂q₂) / d² in each arm.
    expected = (1.95996 + 0.84162) ** 2 * (0.12 * 0.88 + 0.14 * 0.86) / 0.02**2
    assert made().fixed_treatment == pytest.approx(expected, rel=0.002)
    assert made().fixed_units == pytest.approx(2 * expected, rel=0.002)


def test_unequal_shares_need_more():
    small = made(share=0.1)
    assert small.fixed_units > 2.5 * made().fixed_units
    assert small.fixed_treatment / small.fixed_units == pytest.approx(0.1, abs=0.001)
    assert small.units_at_half == made().units


@pytest.mark.parametrize(("effect", "share"), [(0.2, 0.5), (-0.3, 0.1)])
def test_planned_units_have_the_power_they_promise(effect, share):
    found = plan(wanted_from(baseline=10, effect=effect, sd=2, share=share))
    rng, hits, trials = np.random.default_rng(0), 0, 150
    for _ in range(trials):
        treated = rng.random(found.units) < share
        course = track(rng.normal(10, 2, found.units) + effect * treated, treated, planned=found.units)
        hits += bool((course.p_value[-1]) <= 0.05)
    assert hits / trials >= 0.76
    assert found.units < 2.5 * found.fixed_units


def test_a_covariate_shortens_the_test():
    plain, adjusted = (plan(wanted_from(baseline=10, effect=0.2, sd=2, correlation=c)) for c in (0.0, 0.6))
    assert adjusted.units == pytest.approx(0.64 * plain.units, rel=0.01)


def test_rare_outcomes_need_enough_events_for_an_interval():
    found = plan(wanted_from(baseline=0.001, effect=0.05, share=0.1))
    assert found.units >= 25 * (1 - 0.002) ** 2 / (0.001 * 0.999) / 0.1


def test_days_are_whole_weeks_and_too_many_are_told():
    assert made(units_per_day=1000).days % 7 == 0
    assert made().days is None
    long = made(units_per_day=50)
    assert long.days > 56
    assert any("too long to trust" in sentence for sentence in long.sentences)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"effect": 0.0}, "cannot be 0"),
        ({"baseline": 12.0}, "between 0 and 1"),
        ({"baseline": 0.99}, "between 0 and 1"),
        ({"share": 1.0}, "share"),
        ({"sd": -1.0}, "sd"),
        ({"power": 1.5}, "power"),
    ],
)
def test_impossible_wishes_are_refused(options, said):
    with pytest.raises(DataError, match=said):
        made(**options)
