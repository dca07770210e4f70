from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from specweave.metrics import UndefinedMetric, fold_interval


def test_the_interval_is_that_of_nadeau_and_bengio():
    values = [0.8, 0.82, 0.79, 0.85, 0.81]
    low, high = fold_interval(values, n_train=800, n_test=200)
    half = stats.t.ppf(0.975, 4) * np.sqrt((1 / 5 + 200 / 800) * np.var(values, ddof=1))
    assert (low, high) == pytest.approx((np.mean(values) - half, np.mean(values) + half))


def test_equal_folds_leave_no_width_and_one_fold_no_interval():
    assert fold_interval([0.7, 0.7, 0.7], 2, 1) == pytest.approx((0.7, 0.7))
    with pytest.raises(UndefinedMetric, match="one fold"):
        fold_interval([0.7], 2, 1)
