from __future__ import annotations

import numpy as np
import pytest

from specweave.evaluation.power import smallest_difference
from specweave.metrics import Comparison, Estimate, Predictions, compare


def two_models(rng, n, gap):
    """Absolute errors of two models whose true mean differs by `gap`."""
    errors = np.abs(rng.normal(3, 0.5, n))
    other = errors + gap + 0.5 * rng.normal(size=n)
    zero = np.zeros(n)
    return Predictions("regression", zero, other), Predictions("regression", zero, errors)


def test_a_difference_of_that_size_is_found_four_times_in_five():
    n = 300
    reported = smallest_difference(compare("mae", *two_models(np.random.default_rng(0), n, 0.1)), None, "exp-001")
    assert reported.difference == pytest.approx((1.959964 + 0.841621) * 0.5 / np.sqrt(n), rel=0.1)
    gap = 2.801585 * 0.5 / np.sqrt(n)
    found = [compare("mae", *two_models(np.random.default_rng(seed), n, gap)).verdict == "worse" for seed in range(400)]
    assert 0.74 <= np.mean(found) <= 0.86


def test_without_a_baseline_it_is_against_a_fixed_value():
    own = Estimate(metric="recall", value=0.5, low=0.4, high=0.6, n=100)
    found = smallest_difference(None, own, None)
    assert (found.metric, found.against, found.power) == ("recall", "a fixed value", 0.8)
    assert found.difference == pytest.approx(0.1 / 1.959964 * 2.801585, rel=1e-5)


def test_where_nothing_varies_there_is_no_answer():
    assert smallest_difference(None, Estimate(metric="recall", n=3, undefined="no rows"), None) is None
    still = Comparison(metric="mae", verdict="within noise", difference=0.0, low=0.0, high=0.0, n=5)
    assert smallest_difference(still, None, "exp-001") is None
