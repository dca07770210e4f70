"""Many models against one reference give what `compare` gives for each pair, and what cannot be taken apart says so."""

from __future__ import annotations

import numpy as np
import pytest

from specweave.metrics import Predictions, compare, metrics_for, paired
from specweave.metrics.contributions import Sampling, compare_contributions, contribution

N = 150
TOGETHER_ONLY = {
    "binary": {"precision", "recall", "f1", "specificity", "balanced_accuracy", "mcc"},
    "multiclass": {"precision_weighted", "recall_weighted", "recall_macro", "f1_macro", "f1_weighted", "balanced_accuracy", "precision_macro", "mcc"},
    "regression": set(),
}  # fmt: skip


def models(task, count=4, n=N):
    rng = np.random.default_rng(3)
    if task == "regression":
        truth = rng.normal(size=n) + 5
        return [Predictions(task, truth, truth + (1 + seed / 5) * rng.normal(size=n)) for seed in range(count)]
    names = ("no", "yes") if task == "binary" else ("high", "low", "mid")
    truth = rng.choice(names, size=n)
    found = []
    for seed in range(count):
        raw = rng.random((n, len(names))) + (0.2 + seed / 5) * (truth[:, None] == np.array(names))
        scores = raw / raw.sum(axis=1, keepdims=True)
        labels = np.array(names)[scores.argmax(axis=1)]
        found.append(Predictions(task, truth, labels, scores, names, "yes" if task == "binary" else None))
    return found


def held_against(metric, reference, others, sampling):
    arrays = [contribution(metric, one, sampling) for one in others]
    return compare_contributions(
        metric, reference, contribution(metric, reference, sampling), np.stack(arrays), sampling
    )


@pytest.mark.parametrize("few", [False, True], ids=["many rows", "as they are"])
@pytest.mark.parametrize("grouped", [False, True], ids=["rows", "groups"])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_each_is_what_compare_says_of_the_pair(task, grouped, few, monkeypatch):
    if not few:
        monkeypatch.setattr(paired, "MANY_ROWS", N)
    groups = np.arange(N) // 5 if grouped else None
    reference, *others = models(task)
    apart = set()
    for metric in (facts.name for facts in metrics_for(task)):
        sampling = Sampling(120, 0, groups)
        if contribution(metric, reference, sampling) is None:
            apart.add(metric)
            continue
        expected = [compare(metric, one, reference, n_resamples=120, groups=groups) for one in others]
        found = held_against(metric, reference, others, sampling)
        for ours, direct in zip(found, expected, strict=True):
            assert (ours.verdict, ours.test, ours.n, ours.level) == (
                direct.verdict,
                direct.test,
                direct.n,
                direct.level,
            )
            numbers = [(one.difference, one.low, one.high, one.p_value) for one in (ours, direct)]
            assert numbers[0] == pytest.approx(numbers[1], rel=1e-9, abs=1e-14)
    assert apart <= (set() if grouped else TOGETHER_ONLY[task])


def test_a_model_is_within_noise_of_itself():
    reference, *_ = models("binary")
    for metric in ("roc_auc", "accuracy", "log_loss", "average_precision"):
        (found,) = held_against(metric, reference, [reference], Sampling(50))
        assert (found.verdict, found.difference, found.p_value) == ("within noise", 0, 1)


def test_what_is_not_defined_contributes_nothing():
    truth = np.array(["yes"] * 10)
    only = Predictions("binary", truth, truth, np.column_stack([np.zeros(10), np.ones(10)]), ("no", "yes"), "yes")
    assert contribution("roc_auc", only, Sampling()) is None
    assert contribution("rmse", only, Sampling()) is None
    assert contribution("accuracy", only.take(np.arange(1)), Sampling()) is None


def test_one_group_shows_no_spread():
    assert contribution("roc_auc", models("binary")[0], Sampling(20, 0, np.zeros(N))) is None


def test_too_few_usable_resamples_are_undefined_as_in_compare():
    truth = np.array(["no"] * 40 + ["yes"])
    scores = np.linspace(0, 1, 41)
    given = [
        Predictions("binary", truth, np.where(s >= 0.5, "yes", "no"), np.column_stack([1 - s, s]), ("no", "yes"), "yes")
        for s in (scores, scores**2)
    ]
    direct = compare("average_precision", given[1], given[0], n_resamples=200)
    (found,) = held_against("average_precision", given[0], given[1:], Sampling(200))
    assert direct.verdict == found.verdict == "not defined"
    assert found.undefined == direct.undefined


def test_other_rows_or_another_positive_class_are_refused():
    a, b = models("binary")[:2]
    sampling = Sampling()
    other = Predictions("binary", b.truth, b.labels, b.scores, b.classes, "no")
    for wrong in (b.take(np.arange(N - 1)), other):
        with pytest.raises(ValueError, match="different rows or classes"):
            held_against("roc_auc", a, [wrong], sampling)
