from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import f_oneway

from specweave.leakage.association import association, excess_by_permutation, tenths


def test_p_value_agrees_with_scipy():
    rng = np.random.default_rng(0)
    groups, y = rng.integers(0, 5, 300), rng.normal(size=300)
    assert association(groups, y).p_value == pytest.approx(f_oneway(*[y[groups == g] for g in range(5)]).pvalue)


def test_excess_is_the_share_of_variance_between_groups():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 200, 20_000)
    y = rng.normal(size=200)[groups] + rng.normal(size=20_000)
    assert association(groups, y).excess == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("k", [0, 2, 4])
def test_chance_gives_no_excess_and_few_small_p_values(k):
    rng = np.random.default_rng(0)
    results = [
        association(rng.integers(0, 20, 400), rng.integers(0, k, 400) if k else rng.normal(size=400), k)
        for _ in range(400)
    ]
    assert np.mean([r.excess for r in results]) == pytest.approx(0, abs=0.005)
    assert np.mean([r.p_value < 0.05 for r in results]) < 0.08


def test_one_group_or_a_constant_target_tells_nothing():
    assert association(np.zeros(10, dtype=int), np.arange(10.0)).excess == 0
    assert association(np.arange(10) % 2, np.ones(10)).p_value == 1


def test_permuted_targets_share_nothing():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 20, 400)
    shares = excess_by_permutation(groups, (rng.normal(size=400) for _ in range(100)))
    assert abs(shares.mean()) < 0.01


def test_tenths_are_even_and_keep_equal_values_together():
    assert np.bincount(tenths(np.arange(100.0))).tolist() == [10] * 10
    assert len(set(tenths(np.array([1.0] * 50 + [2.0] * 50)))) == 2
