import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from made_tables import resolved
from specweave.metrics import Predictions
from specweave.problem import Criterion
from specweave.problems.tabular.threshold import choose_threshold


def predictions(n=2000, share=0.1, sharpness=2.0, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < share
    p = 1 / (1 + np.exp(-(sharpness * truth + rng.normal(size=n) - 2)))
    names = np.where(truth, "yes", "no")
    labels = np.where(p >= 0.5, "yes", "no")
    return Predictions(
        "binary", names, labels, scores=np.column_stack([1 - p, p]), classes=("no", "yes"), positive="yes"
    )


def labels_at(found, threshold):
    return found.at_threshold(threshold).labels


def test_precision_of_the_specification_is_reached_with_the_most_recall():
    found = predictions()
    problem = resolved(success=[Criterion(metric="precision", value=0.8)])
    threshold, rule = choose_threshold(problem, found)
    assert precision_score(found.truth, labels_at(found, threshold), pos_label="yes") >= 0.8
    assert "lower 95 % bound" in rule
    easier = choose_threshold(resolved(success=[Criterion(metric="precision", value=0.6)]), found)[0]
    assert easier < threshold


def test_recall_of_the_specification_is_reached_with_the_most_precision():
    found = predictions()
    threshold, _ = choose_threshold(resolved(success=[Criterion(metric="recall", value=0.9)]), found)
    reached = recall_score(found.truth, labels_at(found, threshold), pos_label="yes")
    assert 0.9 <= reached < 0.97


def test_the_bound_holds_on_new_rows_nearly_always():
    problem = resolved(success=[Criterion(metric="precision", value=0.7)])
    held = 0
    for seed in range(40):
        threshold, _ = choose_threshold(problem, predictions(seed=seed, n=1000))
        fresh = predictions(n=20_000, seed=1000 + seed)
        held += precision_score(fresh.truth, labels_at(fresh, threshold), pos_label="yes") >= 0.7
    assert held >= 32


def test_what_cannot_be_reached_is_said():
    found = predictions(sharpness=0.0)
    threshold, rule = choose_threshold(resolved(success=[Criterion(metric="precision", value=0.99)]), found)
    assert "no threshold reaches" in rule
    assert 0 <= threshold <= 1


def test_a_rare_class_gets_the_threshold_of_the_highest_f1():
    found = predictions(n=300)
    threshold, rule = choose_threshold(resolved(), found)
    best = max(f1_score(found.truth, labels_at(found, t), pos_label="yes") for t in np.unique(found.positive_scores))
    assert f1_score(found.truth, labels_at(found, threshold), pos_label="yes") == pytest.approx(best)
    assert "rare" in rule


def test_balanced_classes_keep_one_half():
    assert choose_threshold(resolved(), predictions(share=0.45))[0] == 0.5


@pytest.mark.parametrize("metric", ["f1", "balanced_accuracy", "accuracy", "mcc"])
def test_a_metric_of_labels_is_maximised_itself(metric):
    from specweave.metrics import score

    found = predictions(n=300, share=0.4)
    threshold, _ = choose_threshold(resolved(metric=metric), found)
    scores = [score(metric, found.at_threshold(t)) for t in np.unique(found.positive_scores)[:-1]]
    assert score(metric, found.at_threshold(threshold)) == pytest.approx(max(scores))


def test_no_threshold_without_two_classes():
    found = Predictions("regression", np.arange(3.0), np.arange(3.0))
    assert choose_threshold(resolved("regression"), found)[0] is None


def test_one_class_only_keeps_one_half():
    assert choose_threshold(resolved(), predictions(share=0.0))[0] == 0.5
