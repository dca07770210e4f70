from __future__ import annotations

import numpy as np
import pytest

from specweave.deployment.monitoring.performance import compared, over_time, overall
from specweave.metrics import Estimate, Predictions, estimates


def said(n, signal, seed):
    """Predictions of a binary problem; the larger the signal, the better they are."""
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.4
    score = 1 / (1 + np.exp(-(signal * (truth - 0.5) + rng.normal(size=n))))
    labels = np.where(score >= 0.5, "yes", "no")
    scores = np.column_stack([1 - score, score])
    return Predictions("binary", np.where(truth, "yes", "no"), labels, scores, ("no", "yes"), "yes")


def sealed(n=1500, signal=1.5, seed=0, metrics=("roc_auc",)):
    return estimates(list(metrics), said(n, signal, seed))


@pytest.mark.parametrize(("signal", "verdict"), [(0.7, "worse"), (1.5, "within noise"), (2.6, "better")])
def test_tells_worse_from_noise(signal, verdict):
    assert overall(said(2000, signal, 1), sealed(), "roc_auc")[0].verdict == verdict


def test_errors_are_turned_so_that_positive_is_better():
    worse = overall(said(2000, 0.5, 1), sealed(metrics=("log_loss", "brier")), "roc_auc")
    assert [one.verdict for one in worse] == ["worse", "worse"]
    assert all(one.difference < 0 for one in worse)


def test_says_worse_of_an_unchanged_model_rarely():
    wrong = sum(
        overall(said(400, 1.5, 2 * i), sealed(400, seed=2 * i + 1), "roc_auc")[0].verdict == "worse" for i in range(200)
    )
    assert wrong <= 14  # 2.5 % are expected, 5


def test_is_the_difference_of_normal_intervals_where_they_are_normal():
    now = Estimate(metric="accuracy", value=0.8, low=0.77, high=0.83, n=500)
    then = Estimate(metric="accuracy", value=0.9, low=0.86, high=0.94, n=500)
    found = compared(now, then)
    assert (found.difference, found.low, found.high) == pytest.approx((-0.1, -0.15, -0.05))


def test_without_an_interval_nothing_is_claimed():
    bare = Estimate(metric="accuracy", undefined="there are no rows", n=0)
    assert compared(bare, sealed()[0]).verdict == "not known"
    assert compared(sealed()[0], Estimate(metric="roc_auc", value=0.9, n=1)).verdict == "not known"


def test_stretches_are_judged_more_cautiously_than_the_whole():
    steady = said(2400, 1.5, 3)
    found = over_time(steady, np.arange(2400), None, sealed()[0])
    assert len(found) == 12
    assert {one.verdict for one in found} == {"within noise"}
    assert found[0].level == pytest.approx(1 - 0.05 / 12)
    assert (found[0].start, found[-1].end) == ("row 1", "row 2,400")
    assert over_time(steady.take(np.arange(300)), np.arange(300), None, sealed()[0]) == ()


def test_metrics_beside_the_primary_are_judged_more_cautiously():
    found = overall(said(2000, 1.5, 1), sealed(metrics=("roc_auc", "accuracy", "f1")), "roc_auc")
    assert [one.level for one in found] == [0.95, 0.975, 0.975]
