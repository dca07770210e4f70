from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulated_predictions import binary_from, binormal, regression
from specweave.evaluation.slices import difference_of, slice_metrics, slices, too_small
from specweave.metrics import Estimate, Predictions, score
from specweave.metrics.intervals import wilson


def irrelevant(rng, n):
    """Columns that have nothing to do with the predictions."""
    return pd.DataFrame(
        {
            "region": rng.choice(["North", "South", "East", "West"], n, p=[0.4, 0.3, 0.2, 0.1]),
            "branch": rng.choice([f"b{at}" for at in range(8)], n),
            "age": rng.normal(size=n),
        }
    )


def shuffled(predictions, rng):
    return predictions.take(rng.permutation(len(predictions)))


def made(metric, rng, n):
    if metric in ("rmse", "mae"):
        return regression(rng, n, heavy=True)
    return shuffled(binormal(rng, n, 1.5), rng)


@pytest.mark.parametrize("metric", ["roc_auc", "log_loss", "rmse"])
def test_false_alarms_over_all_slices_stay_below_the_level(metric):
    runs, alarms = 120, 0
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        found = slices(metric, made(metric, rng, 800), irrelevant(rng, 800))
        alarms += any(one.verdict in ("worse", "better") for one in found.tests)
    # 5 % of 120 runs, and what chance adds to that in one case of a thousand.
    assert alarms <= 14


def test_a_planted_bad_slice_is_found_and_only_that():
    rng = np.random.default_rng(1)
    n = 4000
    columns = irrelevant(rng, n)
    south = (columns["region"] == "South").to_numpy()
    positive = rng.random(n) < 0.4
    distance = np.where(south, 0.6, 2.5)
    logit = distance * (rng.normal(size=n) + distance * (positive - 0.5))
    found = slices("roc_auc", binary_from(1 / (1 + np.exp(-logit)), positive), columns)
    assert {found.tests[at].slice for at in found.worst} == {"region = South"}
    worst = next(one for one in found.tests if one.slice == "region = South" and one.metric == "roc_auc")
    assert worst.n == south.sum()
    assert worst.value < worst.rest
    assert worst.difference == pytest.approx(worst.value - worst.rest)
    assert worst.difference_low < worst.difference < worst.difference_high < 0
    assert worst.p_value <= worst.p_holm < 0.001


def test_a_slice_with_larger_errors_is_worse():
    rng = np.random.default_rng(2)
    kind = rng.choice(["old", "new"], 1000)
    truth = rng.normal(size=1000)
    predictions = Predictions("regression", truth, truth + np.where(kind == "old", 2, 1) * rng.normal(size=1000))
    found = slices("rmse", predictions, pd.DataFrame({"kind": kind}))
    assert {one.slice: one.verdict for one in found.tests} == {"kind = old": "worse", "kind = new": "better"}


def test_values_are_those_of_the_slice_and_of_all_other_rows():
    rng = np.random.default_rng(3)
    predictions, columns = shuffled(binormal(rng, 900, 1.5), rng), irrelevant(rng, 900)
    found = slices("average_precision", predictions, columns)
    south = (columns["region"] == "South").to_numpy()
    for metric in ("average_precision", "recall", "precision"):
        one = next(t for t in found.tests if t.slice == "region = South" and t.metric == metric)
        assert one.value == pytest.approx(score(metric, predictions.take(south)))
        assert one.rest == pytest.approx(score(metric, predictions.take(~south)))


def test_small_slices_are_not_applicable_with_the_reason():
    rng = np.random.default_rng(4)
    columns = pd.DataFrame({"rare": np.where(np.arange(400) < 20, "few", "many")})
    found = slices("roc_auc", shuffled(binormal(rng, 400, 1.5), rng), columns)
    assert {one.verdict for one in found.tests} == {"not applicable"}
    assert found.n_tests == 0
    few = next(one for one in found.tests if one.slice == "rare = few")
    assert few.reason == "only 20 rows, 30 are needed"
    assert next(one for one in found.tests if one.slice == "rare = many").reason.startswith("outside the slice")


def test_too_few_cases_are_counted_for_the_metric_that_needs_them():
    none_found = binary_from(np.full(100, 0.1), np.arange(100) < 50)
    assert too_small("precision", none_found) == "only 0 rows are predicted as yes, 10 are needed"
    assert too_small("recall", none_found) is None
    assert "truly yes" in too_small("recall", binary_from(np.full(100, 0.9), np.arange(100) < 5))
    assert "not yes" in too_small("roc_auc", binary_from(np.full(100, 0.9), np.arange(100) < 95))


def test_rows_that_belong_together_widen_the_intervals():
    rng = np.random.default_rng(5)
    base = shuffled(binormal(rng, 200, 1.5), rng)
    copies = base.take(np.repeat(np.arange(200), 5))
    columns = pd.DataFrame({"side": np.repeat(rng.choice(["left", "right"], 200), 5)})
    alone = slices("roc_auc", copies, columns)
    together = slices("roc_auc", copies, columns, groups=np.repeat(np.arange(200), 5))
    narrow, wide = alone.tests[0], together.tests[0]
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_columns_left_out_say_why_and_skipped_ones_are_not_named():
    rng = np.random.default_rng(6)
    columns = irrelevant(rng, 300).assign(name=[f"n{at}" for at in range(300)], secret="x")
    found = slices("roc_auc", shuffled(binormal(rng, 300, 1.5), rng), columns, skip=["secret"])
    assert [one.column for one in found.left_out] == ["name"]
    assert {one.column for one in found.tests} == {"region", "branch", "age"}


def test_the_difference_of_two_shares_has_newcombes_interval():
    # Newcombe (1998), table II, method 10, first example: 56/70 against 48/80.
    ends = [wilson(56, 70, 0.95), wilson(48, 80, 0.95)]
    a, b = (
        Estimate(metric="recall", value=share, low=end.low, high=end.high, n=n)
        for share, end, n in zip((0.8, 0.6), ends, (70, 80), strict=True)
    )
    gap, low, high, p_value = difference_of(a, b, 0.95)
    assert (round(gap, 4), round(low, 4), round(high, 4)) == (0.2, 0.0524, 0.3339)
    assert p_value < 0.05


def test_the_metrics_are_the_primary_one_and_for_two_classes_recall_and_precision():
    rng = np.random.default_rng(7)
    assert slice_metrics("recall", binormal(rng, 50, 1)) == ("recall", "precision")
    assert slice_metrics("rmse", regression(rng, 50)) == ("rmse",)
