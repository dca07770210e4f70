from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from simulated_predictions import binary_from, multiclass, regression
from specweave.evaluation.calibration import (
    calibrated,
    calibration,
    cross_fitted,
    fit_map,
    offered,
    recalibrations,
)
from specweave.metrics import Predictions, estimate, score


def stated(n, seed, *, slope=1.0, shift=0.0, folds=5):
    """Probabilities whose true log odds are slope × the stated ones + shift."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(-1, 1.5, size=n)
    true = 1 / (1 + np.exp(-(slope * logit + shift)))
    return binary_from(
        1 / (1 + np.exp(-logit)), rng.random(n) < true, rows=np.arange(n), folds=rng.integers(0, folds, n)
    )


@pytest.mark.parametrize("n", [300, 3000])
def test_calibrated_models_are_accused_as_often_as_agreed(n):
    accused = [calibration(stated(n, seed)).p_value < 0.05 for seed in range(300)]
    assert 0.02 <= np.mean(accused) <= 0.085


def test_a_miscalibrated_model_is_found_with_the_error_of_the_metric():
    predictions = stated(3000, 0, slope=0.5)
    found = calibration(predictions)
    assert found.error == score("calibration_error", predictions)
    assert (found.low, found.high) == (
        estimate("calibration_error", predictions).low,
        estimate("calibration_error", predictions).high,
    )
    assert found.p_value < 0.001
    assert found.low > 0
    assert found.error > found.calibrated_high


def test_several_classes_are_judged_by_the_likeliest_ones_probability():
    rng = np.random.default_rng(0)
    predictions = multiclass(rng, 2000, 3.0)
    sharp = predictions.scores**9 / (predictions.scores**9).sum(axis=1, keepdims=True)
    too_sure = Predictions(
        "multiclass", predictions.truth, predictions.labels, scores=sharp, classes=predictions.classes
    )
    assert calibration(too_sure).error > 0.02
    assert calibration(too_sure).p_value < 0.01


def test_what_cannot_be_judged_says_why():
    rng = np.random.default_rng(0)
    assert "only 50 rows" in calibration(stated(50, 0)).reason
    labels = Predictions("binary", ["a", "b"] * 200, ["a", "b"] * 200, classes=("a", "b"), positive="b")
    assert calibration(labels).reason == "the model gives no probabilities"
    assert calibration(regression(rng, 300)).reason == "the model gives no probabilities"
    assert calibration(stated(400, 0), groups=np.arange(400) // 4).p_value is None


def test_the_limit_of_chance_falls_with_the_number_of_rows():
    limits = [calibrated(p.positive_scores, p.truth == "yes", 0.05)[0] for p in (stated(500, 1), stated(50_000, 1))]
    assert 8 < limits[0] / limits[1] < 12


def test_recalibration_is_offered_when_it_helps_out_of_fold():
    found, reason = recalibrations(stated(3000, 1, slope=0.5, shift=-0.5))
    assert reason is None
    assert {one.method for one in found if one.helps} == {"isotonic", "sigmoid"}
    assert offered(found) == "sigmoid"
    assert all(one.brier.difference < 0 and one.log_loss.difference < 0 for one in found)


def test_recalibration_of_a_calibrated_model_is_seldom_offered():
    offers = [offered(recalibrations(stated(600, seed))[0]) is not None for seed in range(60)]
    assert np.mean(offers) <= 0.05


def test_a_fold_is_mapped_by_the_others_alone():
    predictions = stated(600, 2, slope=0.5)
    first = predictions.folds == 0
    flipped = Predictions(
        **{
            **vars(predictions),
            "truth": np.where(first, np.where(predictions.truth == "yes", "no", "yes"), predictions.truth),
        }
    )
    for method in ("isotonic", "sigmoid"):
        before, after = cross_fitted(predictions, method), cross_fitted(flipped, method)
        assert np.array_equal(before.scores[first], after.scores[first])
        assert not np.array_equal(before.scores[~first], after.scores[~first])


def test_maps_rise_and_never_say_never():
    predictions = stated(500, 3)
    for method in ("isotonic", "sigmoid"):
        mapped = fit_map(predictions.positive_scores, predictions.truth == "yes", method)(np.linspace(0, 1, 50))
        assert (np.diff(mapped) >= -1e-12).all()
        assert 0 < mapped.min() <= mapped.max() < 1


def test_the_sigmoid_is_a_regression_on_the_log_odds():
    predictions = stated(800, 4)
    p, happened = predictions.positive_scores, predictions.truth == "yes"
    logit = np.log(p / (1 - p))[:, None]
    expected = LogisticRegression(C=1e6).fit(logit, happened).predict_proba(logit)[:, 1]
    assert fit_map(p, happened, "sigmoid")(p) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("predictions", "reason"),
    [
        (None, "no out-of-fold predictions"),
        (stated(100, 0), "too few"),
        (stated(500, 0, folds=1), "name no folds"),
        (multiclass(np.random.default_rng(0), 300, 1.0), "binary problem"),
    ],
)
def test_where_no_map_can_be_learned_the_reason_is_given(predictions, reason):
    found, why = recalibrations(predictions)
    assert found == ()
    assert reason in why
    assert offered(found) is None
