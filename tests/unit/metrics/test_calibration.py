from __future__ import annotations

import numpy as np
import pytest

from simulated_predictions import binary_from, binormal
from specweave.metrics import estimate, score


def test_the_error_is_the_mean_gap_over_bins_of_equal_size():
    """Ten rows, ten bins of one row each: the mean of the rows' own gaps."""
    scores = np.arange(10) / 10 + 0.05
    positive = np.arange(10) >= 5
    by_hand = (np.sum(scores[:5]) + np.sum(1 - scores[5:])) / 10
    assert score("calibration_error", binary_from(scores, positive)) == pytest.approx(by_hand, abs=1e-12)


def test_chance_alone_is_not_called_miscalibration():
    """The lower end is above 0 for a calibrated model in at most 2.5 % of samples, plus simulation error."""
    found = [estimate("calibration_error", binormal(np.random.default_rng(seed), 1000, 1.2)) for seed in range(400)]
    assert sum(one.low > 0 for one in found) / 400 <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / 400)


def test_the_interval_of_a_miscalibrated_model_covers_its_error():
    def made(seed, n):
        rng = np.random.default_rng(seed)
        chance = rng.random(n)
        return binary_from(np.clip(0.25 + 0.5 * chance, 0, 1), rng.random(n) < chance)

    truth = score("calibration_error", made(0, 400_000))
    found = [estimate("calibration_error", made(seed, 1000)) for seed in range(1, 401)]
    covered = sum(one.low <= truth <= one.high for one in found) / 400
    assert 0.93 - 0.033 <= covered <= 0.97 + 0.033


def test_a_single_score_makes_a_single_bin():
    assert score("calibration_error", binary_from(np.full(40, 0.5), np.arange(40) < 10)) == pytest.approx(0.25)
