from __future__ import annotations

import numpy as np
import pytest

from specweave.evaluation.judgement import chance_of_looks, gap, judged, level_after
from specweave.metrics import Estimate
from specweave.metrics.intervals import normal_quantile
from specweave.problem import Criterion


def estimate(value, low=None, high=None, **facts):
    return Estimate(metric="rmse", value=value, low=low, high=high, n=100, **facts)


@pytest.mark.parametrize(
    ("comparison", "wanted", "met", "certain"),
    [
        (">=", 1.0, True, True),
        (">=", 2.5, False, False),
        (">=", 9.0, False, True),
        ("<=", 9.0, True, True),
        ("<=", 2.5, True, False),
        ("<=", 1.0, False, True),
    ],
)
def test_a_criterion_is_certain_when_the_whole_interval_agrees(comparison, wanted, met, certain):
    found = judged(Criterion(metric="rmse", comparison=comparison, value=wanted), [estimate(2.0, 1.5, 3.0)])
    assert (found.met, found.certain) == (met, certain)


def test_what_has_no_value_is_not_met_and_says_why():
    criterion = Criterion(metric="rmse", value=1)
    assert judged(criterion, [estimate(None, undefined="no rows")]).undefined == "no rows"
    assert not judged(criterion, []).met


def test_the_chance_gain_of_several_looks_is_that_of_the_largest_of_several_draws():
    draws = np.random.default_rng(0).normal(size=(200_000, 5)).max(axis=1).mean()
    found = chance_of_looks(5, estimate(0.0, -1.959964, 1.959964))
    assert found == pytest.approx(draws, rel=0.02)
    assert chance_of_looks(1, estimate(0.0, -1.0, 1.0)) is None
    assert chance_of_looks(5, estimate(0.0)) is None


def test_the_gap_is_positive_when_cross_validation_promised_too_much():
    assert gap("roc_auc", 0.9, 0.8) == pytest.approx(0.1)
    assert gap("rmse", 8.0, 10.0) == pytest.approx(2.0)
    assert gap("rmse", None, 10.0) is None


def test_the_widened_level_still_covers_whichever_of_the_models_is_chosen():
    # Three equal models with independent errors, the worst case; the best looking one is taken, as repeated looks would.
    looks = 3
    best = np.random.default_rng(0).normal(size=(100_000, looks)).max(axis=1)

    def covered(level):
        return float((np.abs(best) <= normal_quantile(level)).mean())

    assert level_after(1, 0.95) == pytest.approx(0.95)
    assert covered(0.95) < 0.935
    assert covered(level_after(looks, 0.95)) >= 0.95
