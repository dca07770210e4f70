from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from specweave.deployment.ab.ratio import sample_ratio


def test_is_the_chi_square_test():
    found = sample_ratio(8950, 1050, 0.1)
    assert found.p_value == pytest.approx(chisquare([8950, 1050], [9000, 1000]).pvalue)
    assert found.share == 0.105


def test_a_lost_tenth_of_one_arm_is_a_mismatch():
    assert sample_ratio(18_000, 1800, 0.1).mismatch
    assert not sample_ratio(18_000, 2010, 0.1).mismatch


def test_no_unit_is_no_mismatch():
    assert not sample_ratio(0, 0, 0.1).mismatch


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_the_sequential_p_value_may_be_looked_at_all_the_time(share):
    rng, wrong, trials = np.random.default_rng(0), 0, 150
    for _ in range(trials):
        treated = np.cumsum(rng.random(10_000) < share)
        looks = np.arange(200, 10_001, 200)
        wrong += any(sample_ratio(int(n - treated[n - 1]), int(treated[n - 1]), share).p_always < 0.05 for n in looks)
    assert wrong <= 15  # 5 % allowed


def test_the_sequential_p_value_finds_a_lost_share():
    rng, found = np.random.default_rng(1), 0
    for _ in range(40):
        treated = int((rng.random(40_000) < 0.09).sum())
        found += sample_ratio(40_000 - treated, treated, 0.1).p_always < 0.01
    assert found >= 36
