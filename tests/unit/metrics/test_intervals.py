from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from specweave.metrics import intervals


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (3, 10), (10, 10), (970, 1000)])
def test_wilson_equals_scipy(hits, n):
    expected = stats.binomtest(hits, n).proportion_ci(method="wilson")
    assert intervals.wilson(hits, n, 0.95) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_quantiles_equal_scipy():
    assert intervals.normal_quantile(0.95) == pytest.approx(stats.norm.ppf(0.975))
    assert intervals.student_quantile(0.9, 7) == pytest.approx(stats.t.ppf(0.95, 7))


def test_placements_average_to_the_area_and_count_ties_half():
    of_positive, of_negative = intervals.placements(
        np.array([1.0, 2.0, 2.0, 3.0]), np.array([False, True, False, True])
    )
    assert of_positive.tolist() == [0.75, 1.0]
    assert of_negative.tolist() == [1.0, 0.75]


def test_symmetric_losses_get_student_s_interval():
    losses = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    expected = stats.t.interval(0.95, 4, losses.mean(), stats.sem(losses))
    assert intervals.mean_of_losses(losses, 0.95) == pytest.approx(expected)


def test_skewed_losses_move_the_interval_up_and_never_below_zero():
    losses = np.r_[np.full(95, 0.01), np.full(5, 3.0)]
    low, high = intervals.mean_of_losses(losses, 0.95)
    assert 0 <= low < losses.mean() < high
    assert high - losses.mean() > losses.mean() - low


def test_a_variance_seen_in_many_cases_is_left_as_it_is():
    assert intervals.steadied(1.0, 4.0, 10_000) == pytest.approx(1.0, rel=0.01)
    assert intervals.steadied(1.0, 4.0, 5) == pytest.approx(2.5)
    assert intervals.steadied(4.0, 1.0, 5) == 4.0


def test_constant_losses_have_no_width():
    assert intervals.mean_of_losses(np.full(7, 0.1), 0.95) == pytest.approx((0.1, 0.1))
