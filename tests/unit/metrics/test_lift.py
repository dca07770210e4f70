from __future__ import annotations

import numpy as np
import pytest

from simulated_predictions import binary_from
from specweave.metrics import score


def test_a_perfect_order_of_a_tenth_of_positives_lifts_tenfold():
    positive = np.arange(100) < 10
    assert score("lift_top_decile", binary_from(1 - np.arange(100) / 100, positive)) == pytest.approx(10)


def test_equal_scores_lift_nothing():
    assert score("lift_top_decile", binary_from(np.full(50, 0.4), np.arange(50) < 20)) == pytest.approx(1)


def test_the_order_of_tied_rows_does_not_matter():
    rng = np.random.default_rng(0)
    scores, positive = np.round(rng.random(200), 1), rng.random(200) < 0.4
    mixed = rng.permutation(200)
    assert score("lift_top_decile", binary_from(scores, positive)) == pytest.approx(
        score("lift_top_decile", binary_from(scores[mixed], positive[mixed])), abs=1e-12
    )
