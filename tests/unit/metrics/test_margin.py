from __future__ import annotations

import pytest

from specweave.metrics import UndefinedMetric, margin
from specweave.metrics.margin import margin_or_none


def test_the_margin_is_the_share_of_remaining_error_removed_in_both_directions():
    assert margin("roc_auc", 0.95, 0.9) == pytest.approx(0.5)
    assert margin("rmse", 8, 10) == pytest.approx(0.2)
    assert margin("log_loss", 0.3, 0.6) == pytest.approx(0.5)
    assert margin("accuracy", 0.8, 0.9) == pytest.approx(-1)
    assert margin("mcc", 0.5, -0.5) == pytest.approx(2 / 3)


def test_a_perfect_baseline_leaves_nothing_to_remove():
    with pytest.raises(UndefinedMetric, match="already perfect"):
        margin("accuracy", 1.0, 1.0)


def test_where_there_is_no_margin_the_lenient_form_is_none():
    assert margin_or_none("rmse", 8, 10) == margin("rmse", 8, 10)
    assert margin_or_none("accuracy", 1.0, 1.0) is None
    assert margin_or_none("accuracy", None, 0.5) is None
    assert margin_or_none("accuracy", 0.5, None) is None
