from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from simulated_predictions import binormal
from specweave.evaluation.curves import GRID, by_threshold, calibration_bins, precision_recall_curve, roc_curve


@pytest.fixture
def sample():
    made = binormal(np.random.default_rng(0), 800, 1.5)
    return np.round(made.positive_scores, 2), made.truth == "yes"


def test_the_roc_curve_is_scikit_learn_s_with_a_band_around_it(sample):
    curve = roc_curve(*sample)
    false, true, _ = reference.roc_curve(sample[1], sample[0], drop_intermediate=False)
    assert curve.y == pytest.approx(np.interp(GRID, false, true))
    assert (curve.low <= curve.y + 0.02).all()
    assert (curve.high >= curve.y - 0.02).all()
    assert (curve.high - curve.low)[20] > 0.02


def test_precision_falls_from_its_start_to_the_share_of_positives(sample):
    curve = precision_recall_curve(*sample, band=False)
    assert curve.low is None
    assert curve.y[-1] == pytest.approx(sample[1].mean(), abs=0.05)
    at_half = reference.precision_score(sample[1], sample[0] >= np.quantile(sample[0][sample[1]], 0.5))
    assert curve.y[100] == pytest.approx(at_half, abs=0.03)


def test_curves_by_threshold_equal_the_metrics_at_that_threshold(sample):
    curves = by_threshold(*sample)
    for place in (40, 100, 140):
        said = sample[0] >= GRID[place]
        assert curves["precision"].y[place] == pytest.approx(reference.precision_score(sample[1], said))
        assert curves["recall"].y[place] == pytest.approx(reference.recall_score(sample[1], said))
        assert curves["f1"].y[place] == pytest.approx(reference.f1_score(sample[1], said))


def test_calibration_bins_hold_equally_many_rows_and_their_share(sample):
    bins = calibration_bins(*sample)
    assert len(bins.predicted) == 10
    assert np.average(bins.observed) == pytest.approx(sample[1].mean())
    assert ((bins.low <= bins.observed) & (bins.observed <= bins.high)).all()
    assert len(calibration_bins(sample[0][:30], sample[1][:30]).predicted) == 1
