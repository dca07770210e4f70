from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from simulated_predictions import binary_from, binormal, multiclass, regression
from specweave.metrics import Estimate, Predictions, UndefinedMetric, estimate, estimates, metrics_for, score


def _coverage(make, names, n, repetitions, n_resamples=300):
    """Share of intervals that hold the value of a very large sample, by metric."""
    rng = np.random.default_rng(1)
    large = make(rng, 300_000)
    truth = {name: score(name, large) for name in names}
    hits = dict.fromkeys(names, 0)
    for seed in range(repetitions):
        for found in estimates(names, make(rng, n), n_resamples=n_resamples, seed=seed):
            hits[found.metric] += found.low <= truth[found.metric] <= found.high
    return {name: hits[name] / repetitions for name in names}


def _all_within(coverage, repetitions, low=0.93, high=0.97):
    # Three standard errors of the simulation itself are granted on both sides.
    slack = 3 * np.sqrt(0.05 * 0.95 / repetitions)
    assert all(low - slack <= share <= high + slack for share in coverage.values()), coverage


# The calibration error has an end at 0 that holds almost always by design: test_calibration.py.
BINARY = [metric.name for metric in metrics_for("binary") if metric.name != "calibration_error"]
REGRESSION = [metric.name for metric in metrics_for("regression")]
MULTICLASS = [metric.name for metric in metrics_for("multiclass")]


def test_intervals_of_a_usual_binary_model_cover_as_promised():
    _all_within(_coverage(lambda rng, n: binormal(rng, n, 1.2), BINARY, 200, 250), 250)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize(("n", "repetitions"), [(200, 1000), (2000, 400)])
@pytest.mark.parametrize("area", [0.5, 0.8, 0.99])
def test_intervals_of_binary_metrics_cover_as_promised_near_chance_and_near_perfection(area, n, repetitions):
    distance = np.sqrt(2) * ndtri(area)
    _all_within(_coverage(lambda rng, m: binormal(rng, m, distance), BINARY, n, repetitions), repetitions)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize(("n", "repetitions"), [(200, 1000), (2000, 400)])
def test_intervals_of_multiclass_metrics_cover_as_promised(n, repetitions):
    _all_within(_coverage(lambda rng, m: multiclass(rng, m, 1.5), MULTICLASS, n, repetitions), repetitions)


@pytest.mark.parametrize(("n", "repetitions"), [(200, 1000), (2000, 400)])
def test_intervals_of_regression_metrics_cover_as_promised(n, repetitions):
    _all_within(_coverage(regression, REGRESSION, n, repetitions), repetitions)


def test_groups_widen_the_interval_to_what_the_groups_hold():
    """60 groups of 20 rows, right or wrong together: rows alone would claim 20 times the evidence."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 20)
    covered = {"rows": 0, "groups": 0}
    for seed in range(200):
        right = np.repeat(rng.random(60) < 0.7, 20)
        predictions = Predictions("multiclass", np.full(1200, "a"), np.where(right, "a", "b"))
        for name, found in (
            ("rows", estimate("accuracy", predictions)),
            ("groups", estimate("accuracy", predictions, n_resamples=200, seed=seed, groups=groups)),
        ):
            covered[name] += found.low <= 0.7 <= found.high
    assert covered["rows"] / 200 < 0.5
    assert 0.89 <= covered["groups"] / 200 <= 0.99


def test_the_same_seed_gives_the_same_interval():
    predictions = binormal(np.random.default_rng(0), 300, 1.0)
    assert estimate("mcc", predictions, seed=3) == estimate("mcc", predictions, seed=3)
    assert estimate("mcc", predictions, seed=3) != estimate("mcc", predictions, seed=4)


def test_one_estimate_is_the_same_alone_and_among_others():
    predictions = binormal(np.random.default_rng(0), 300, 1.0)
    together = {found.metric: found for found in estimates(BINARY, predictions)}
    assert together["average_precision"] == estimate("average_precision", predictions)


@pytest.mark.parametrize("name", BINARY)
def test_a_perfect_model_is_not_claimed_to_be_certainly_perfect(name):
    positive = np.arange(60) < 20
    found = estimate(name, binary_from(np.where(positive, 0.9, 0.1), positive))
    if name in ("log_loss", "brier", "lift_top_decile"):
        assert found.low <= found.value <= found.high
        return
    assert found.value == found.high == 1
    assert found.low < 0.95


def test_a_model_that_gives_every_row_one_score_is_at_chance():
    found = estimate("roc_auc", binary_from(np.full(50, 0.3), np.arange(50) < 20))
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("name", "predictions", "reason"),
    [
        ("roc_auc", binary_from([0.2, 0.8], [True, True]), "only one class"),
        ("average_precision", binary_from([0.2, 0.8], [False, False]), "only one class"),
        ("roc_auc", Predictions("binary", ["a", "b"], ["a", "b"], positive="b"), "no probabilities"),
        ("precision", binary_from([0.2, 0.3], [True, False]), "no row was predicted as yes"),
        ("recall", binary_from([0.2, 0.3], [False, False]), "no row is truly yes"),
        ("f1", binary_from([0.2, 0.3], [False, False]), "no row is or was predicted as yes"),
        ("mcc", binary_from([0.2, 0.8], [False, False]), "only one class"),
        (
            "roc_auc_ovr",
            Predictions("multiclass", ["a", "b"], ["a", "b"], np.eye(3)[:2], ("a", "b", "c")),
            "class c has no rows",
        ),
        ("mape", Predictions("regression", [0.0, 1.0], [1.0, 1.0]), "the target is zero in 1 rows"),
        ("r2", Predictions("regression", [1.0, 1.0], [1.0, 2.0]), "the same value in every row"),
        ("rmse", Predictions("regression", [], []), "there are no rows"),
        ("rmse", binary_from([0.2, 0.8], [False, True]), "does not apply to a binary problem"),
    ],
)
def test_an_undefined_metric_is_a_value_with_its_reason(name, predictions, reason):
    found = estimate(name, predictions)
    assert found.value is None
    assert found.low is None
    assert reason in found.undefined
    with pytest.raises(UndefinedMetric, match="not defined because"):
        score(name, predictions)


def test_one_row_has_a_value_and_no_interval():
    found = estimate("rmse", Predictions("regression", [1.0], [3.0]))
    assert (found.value, found.low) == (2.0, None)
    assert "one row" in found.method


def test_an_estimate_survives_json():
    found = estimate("mcc", binormal(np.random.default_rng(0), 100, 1.0))
    assert Estimate.model_validate_json(found.model_dump_json()) == found


def test_memory_stays_bounded_however_many_resamples():
    import tracemalloc

    predictions = binormal(np.random.default_rng(0), 20_000, 1.5)
    tracemalloc.start()
    estimates(["average_precision", "mcc"], predictions, n_resamples=400)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 250e6
