from __future__ import annotations

import pytest

from specweave.metrics import UndefinedMetric, margin


def test_the_margin_is_the_share_of_remaining_error_removed_in_both_directions():
    assert margin("roc_auc", 0.95, 0.9) == pytest.approx(0.5)
    assert margin("rmse", 8, 10) == pytest.approx(0.2)
    assert margin("log_loss", 0.3, 0.6) == pytest.approx(0.5)
    assert margin("accuracy", 0.8, 0.9) == pytest.approx(-1)
    assert margin("mcc", 0.5, -0.5) == pytest.approx(2 / 3)


def test_a_perfect_baseline_leaves_nothing_to_remove():
    with pytest.raises(UndefinedMetric, match="already perfect"):
        margin("accuracy", 1.0, 1.0)
