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


@pytest.mark.parametrize(
    ("metric", "values", "ends"),
    [
        ("roc_auc", [0.96, 1.0, 0.999, 0.995, 0.97], (None, 1.0)),
        ("accuracy", [0.0, 1.0, 0.5], (0.0, 1.0)),
        ("mcc", [-0.9, 0.9, 0.1], (-1.0, 1.0)),
        ("rmse", [0.1, 9.0, 0.2], (0.0, None)),
        ("r2", [-3.0, 0.9, 0.8], (None, 1.0)),
    ],
)
def test_the_interval_ends_where_the_metrics_values_do(metric, values, ends):
    free, bounded = fold_interval(values, 80, 20), fold_interval(values, 80, 20, metric=metric)
    for end, known, unbounded in zip(bounded, ends, free, strict=True):
        assert end == (pytest.approx(unbounded) if known is None else known)
