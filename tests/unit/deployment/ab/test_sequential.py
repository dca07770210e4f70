from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import skew

from specweave.deployment.ab.sequential import (
    FEWEST,
    half_width,
    is_yes_or_no,
    mixture_scale,
    track,
    units_needed,
)

OUTCOMES = {
    "normal": lambda rng, n: rng.normal(5, 2, n),
    "rare": lambda rng, n: (rng.random(n) < 0.05).astype(float),
    "half": lambda rng, n: (rng.random(n) < 0.5).astype(float),
    "skewed": lambda rng, n: rng.exponential(1, n),
    "very skewed": lambda rng, n: rng.lognormal(0, 1.5, n),
}


def false_alarms(make, *, share, planned, n, trials, seed=0, covariate=False):
    """In how many of the trials without a difference an interval leaves out 0 at any unit."""
    rng = np.random.default_rng(seed)
    wrong = 0
    for _ in range(trials):
        values, treated = make(rng, n), rng.random(n) < share
        before = values + rng.normal(size=n) if covariate else None
        found = track(values, treated, covariate=before, planned=planned)
        wrong += bool(((found.low > 0) | (found.high < 0)).any())
    return wrong


@pytest.mark.parametrize("share", [0.1, 0.5])
@pytest.mark.parametrize("kind", OUTCOMES)
def test_looking_after_each_unit_raises_few_false_alarms(kind, share):
    # 5 % allowed; 14 of 120 is what a rate of 5 % exceeds once in a thousand.
    assert false_alarms(OUTCOMES[kind], share=share, planned=3000, n=6000, trials=120) <= 14


@pytest.mark.slow
@pytest.mark.parametrize("planned", [2000, 20_000])
@pytest.mark.parametrize("share", [0.1, 0.5])
@pytest.mark.parametrize("kind", OUTCOMES)
def test_false_alarms_under_continuous_peeking_stay_below_five_percent(kind, share, planned):
    # 1,000 tests of 20,000 units, each looked at 20,000 times; 71 is what 5 % exceeds once in a thousand.
    assert false_alarms(OUTCOMES[kind], share=share, planned=planned, n=20_000, trials=1000, seed=1) <= 71


@pytest.mark.slow
def test_adjusting_for_a_covariate_keeps_false_alarms_below_five_percent():
    assert false_alarms(OUTCOMES["normal"], share=0.1, planned=5000, n=20_000, trials=1000, covariate=True) <= 71


def test_a_test_looked_at_the_usual_way_would_raise_many():
    """The reason for all this: the interval of one look, taken again and again, is wrong far more often."""
    rng, wrong = np.random.default_rng(0), 0
    for _ in range(120):
        values, treated = rng.normal(size=6000), rng.random(6000) < 0.5
        found = track(values, treated)
        n = np.arange(1, 6001)
        once = 1.96 * np.sqrt(4.0 / n)
        wrong += bool((np.abs(found.difference[200:]) > once[200:]).any())
    assert wrong > 30


def test_a_true_difference_is_found_and_the_p_value_never_rises():
    rng = np.random.default_rng(2)
    treated = rng.random(20_000) < 0.5
    found = track(rng.normal(size=20_000) + 0.1 * treated, treated, planned=10_000)
    assert found.low[-1] > 0
    assert (np.diff(found.p_value) <= 0).all()
    assert found.p_value[-1] < 0.05


def test_intervals_and_p_values_agree():
    rng = np.random.default_rng(3)
    treated = rng.random(8000) < 0.3
    found = track(rng.normal(size=8000) + 0.15 * treated, treated, alpha=0.05, planned=4000)
    out = (found.low > 0) | (found.high < 0)
    assert out.any()
    assert np.array_equal(found.p_value <= 0.05, np.maximum.accumulate(out))


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_covariate_takes_away_the_square_of_its_correlation(share):
    rng = np.random.default_rng(4)
    n = 40_000
    before = rng.normal(100, 10, n)
    treated = rng.random(n) < share
    values = 0.8 * before + rng.normal(0, 6, n) + 0.3 * treated  # correlation 0.8
    plain, adjusted = track(values, treated), track(values, treated, covariate=before)
    assert adjusted.reduction == pytest.approx(0.64, abs=0.02)
    assert (adjusted.high[-1] - adjusted.low[-1]) / (plain.high[-1] - plain.low[-1]) == pytest.approx(0.6, abs=0.02)
    assert adjusted.low[-1] < 0.3 < adjusted.high[-1]


def test_differences_are_those_of_numpy():
    rng = np.random.default_rng(5)
    values, treated = 1e6 + rng.normal(size=500), rng.random(500) < 0.4
    found = track(values, treated)
    arms = [values[of] for of in (treated, ~treated)]
    variance = sum(arm.var(ddof=1) / len(arm) for arm in arms)
    half = half_width(500, variance * 500, alpha=0.05, rho=mixture_scale(10_000, 0.05))
    assert found.difference[-1] == pytest.approx(arms[0].mean() - arms[1].mean(), abs=1e-9)
    assert found.high[-1] - found.difference[-1] == pytest.approx(float(half), rel=1e-6)


def test_no_interval_before_there_are_enough_units():
    rng = np.random.default_rng(6)
    treated = rng.random(3000) < 0.1
    found = track(rng.normal(size=3000), treated)
    first = int(np.flatnonzero(np.isfinite(found.low))[0])
    assert np.cumsum(treated)[first] >= FEWEST
    assert (found.p_value[:first] == 1).all()
    assert np.isfinite(found.difference).all()


def test_skewed_outcomes_need_more_units():
    rng = np.random.default_rng(7)
    values = rng.exponential(size=50_000) ** 1.5
    assert units_needed(values)[-1] == pytest.approx(25 * skew(values) ** 2, rel=1e-6)
    assert units_needed(rng.normal(size=1000))[-1] == FEWEST
    assert np.isinf(track((np.arange(4000) % 100 == 0).astype(float), np.arange(4000) % 2 == 0).low).all()


def test_the_interval_is_tightest_where_it_was_planned():
    def half(n, planned):
        return float(half_width(n, 1.0, alpha=0.05, rho=mixture_scale(planned, 0.05)))

    best = min((half(5000, planned), planned) for planned in (500, 1000, 2500, 5000, 10_000, 20_000, 50_000))
    assert best[1] == 5000


@pytest.mark.parametrize("values", [[], [1.0], [3.0] * 400])
def test_nothing_to_compare_is_no_evidence(values):
    values = np.array(values, dtype=float)
    found = track(values, np.arange(len(values)) % 2 == 0)
    assert len(found) == len(values)
    assert np.isinf(found.low).all()
    assert (found.p_value == 1).all()


def test_one_arm_alone_is_no_evidence():
    found = track(np.random.default_rng(0).normal(size=500), np.ones(500, dtype=bool))
    assert np.isinf(found.high).all()
    assert math.isfinite(found.difference[-1])


def test_yes_or_no_is_told_from_numbers():
    assert is_yes_or_no(np.array([0.0, 1.0, 1.0]))
    assert not is_yes_or_no(np.array([0.0, 1.0, 2.0]))
