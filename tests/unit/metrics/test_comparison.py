from __future__ import annotations

import numpy as np
import pytest

from simulated_predictions import binary_from, binormal, regression
from specweave.errors import DataError
from specweave.metrics import Predictions, compare, holm, metrics_for


def binary_pair(rng, n, edge=0.0):
    """Two models that see the same signal through independent noise; `edge` makes the first better."""
    positive = rng.random(n) < 0.35
    signal = 1.2 * positive + rng.normal(size=n)
    scores = [signal + noise * rng.normal(size=n) - 0.4 for noise in (0.7 - edge, 0.7)]
    return tuple(binary_from(1 / (1 + np.exp(-s)), positive, rows=np.arange(n)) for s in scores)


def multiclass_pair(rng, n, edge=0.0):
    truth = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    signal = rng.normal(size=(n, 3)) + 1.5 * np.eye(3)[truth]
    made = []
    for noise in (0.7 - edge, 0.7):
        score = np.exp(signal + noise * rng.normal(size=(n, 3)))
        score /= score.sum(axis=1, keepdims=True)
        made.append(Predictions("multiclass", truth, score.argmax(axis=1), score, tuple("012")))
    return tuple(made)


def regression_pair(rng, n, edge=0.0):
    truth = 20 + 3 * rng.normal(size=n)
    shared = rng.normal(size=n)
    return tuple(Predictions("regression", truth, truth + shared + s * rng.normal(size=n)) for s in (1 - edge, 1))


PAIRS = {"binary": binary_pair, "multiclass": multiclass_pair, "regression": regression_pair}
CASES = [(task, metric.name) for task in PAIRS for metric in metrics_for(task)]


def _false_positives(task, name, n, repetitions, n_resamples=200):
    rng = np.random.default_rng(7)
    pairs = (PAIRS[task](rng, n) for _ in range(repetitions))
    verdicts = [compare(name, a, b, n_resamples=n_resamples).verdict for a, b in pairs]
    return 1 - verdicts.count("within noise") / repetitions


@pytest.mark.parametrize("name", ["roc_auc", "accuracy", "log_loss", "brier"])
def test_equal_binary_models_are_told_apart_as_rarely_as_promised(name):
    assert 0.028 <= _false_positives("binary", name, 500, 1000) <= 0.072


def test_equal_regression_models_are_told_apart_as_rarely_as_promised():
    assert 0.028 <= _false_positives("regression", "rmse", 500, 1000) <= 0.072


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("task", "name"), CASES)
def test_equal_models_are_told_apart_in_about_5_percent_of_cases(task, name):
    # Nominal 5 %; 4 to 6 % plus three standard errors of 1,000 repetitions.
    assert 0.04 - 0.021 <= _false_positives(task, name, 400, 1000) <= 0.06 + 0.021


# Both models of the pair are calibrated: there one is rightly no better.
@pytest.mark.parametrize(("task", "name"), [case for case in CASES if case[1] != "calibration_error"])
def test_a_clearly_better_model_is_better_and_the_other_way_round_worse(task, name):
    better, worse = PAIRS[task](np.random.default_rng(0), 6000, edge=0.65)
    found, reverse = compare(name, better, worse), compare(name, worse, better)
    assert (found.verdict, reverse.verdict) == ("better", "worse")
    assert found.difference == pytest.approx(-reverse.difference)
    assert found.p_value < 0.05


@pytest.mark.parametrize(("task", "name"), CASES)
def test_a_model_is_within_noise_of_itself(task, name):
    made, _ = PAIRS[task](np.random.default_rng(0), 200)
    found = compare(name, made, made)
    assert (found.verdict, found.difference) == ("within noise", 0)


def test_rows_are_matched_by_number():
    a, b = binary_pair(np.random.default_rng(0), 400, edge=0.5)
    shuffled = b.take(np.random.default_rng(1).permutation(400))
    assert compare("roc_auc", a, shuffled) == compare("roc_auc", a, b)


def test_other_rows_or_another_truth_are_refused():
    a, b = binary_pair(np.random.default_rng(0), 100)
    with pytest.raises(DataError, match="different rows"):
        compare("roc_auc", a, b.take(np.arange(50)))
    turned = binary_from(b.positive_scores, b.truth == "no", rows=np.arange(100))
    with pytest.raises(DataError, match="different truth"):
        compare("roc_auc", a, turned)


def test_groups_take_away_evidence_that_rows_only_repeat():
    rng = np.random.default_rng(0)
    few = regression_pair(rng, 30, edge=0.4)
    often = tuple(Predictions("regression", np.repeat(p.truth, 40), np.repeat(p.labels, 40)) for p in few)
    assert compare("rmse", *often).verdict != compare("rmse", *often, groups=np.repeat(np.arange(30), 40)).verdict
    assert compare("rmse", *often, groups=np.repeat(np.arange(30), 40)).verdict == compare("rmse", *few).verdict


def test_an_undefined_metric_gives_no_verdict_but_a_reason():
    a = binary_from([0.2, 0.8], [True, True])
    found = compare("roc_auc", a, a)
    assert found.verdict == "not defined"
    assert "one class" in found.undefined


def test_the_delong_test_agrees_with_the_bootstrap():
    a, b = binary_pair(np.random.default_rng(5), 1500, edge=0.2)
    exact = compare("roc_auc", a, b)
    resampled = compare("roc_auc", a, b, n_resamples=2000, groups=np.arange(1500))
    assert exact.difference == pytest.approx(resampled.difference)
    assert exact.high - exact.low == pytest.approx(resampled.high - resampled.low, rel=0.1)


def test_holm_controls_the_family_and_keeps_the_order():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_models_of_usual_quality_and_another_kind_can_be_compared():
    rng = np.random.default_rng(0)
    assert compare("rmse", regression(rng, 5), regression(np.random.default_rng(0), 5)).n == 5
    assert compare("mcc", *(2 * [binormal(rng, 50, 1.0)])).verdict == "within noise"
