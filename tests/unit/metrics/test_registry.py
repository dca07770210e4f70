from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from simulated_predictions import binary_from, multiclass, regression
from specweave.errors import ProblemError
from specweave.metrics import METRICS, default_metric, get_metric, metrics_for, score


def _truth(p):
    return p.truth == "yes"


def _said(p):
    return p.labels == "yes"


def _calibration_error(scores, positive):
    """By pandas, written in another way than ours."""
    edges = np.unique([-np.inf, *np.quantile(scores, np.arange(0.1, 0.95, 0.1)), np.inf])
    by_bin = pd.DataFrame({"score": scores, "hit": positive}).groupby(pd.cut(scores, edges), observed=True)
    means = by_bin.mean()
    return float(((means["hit"] - means["score"]).abs() * by_bin.size()).sum() / len(scores))


def _lift(scores, positive):
    """The mean over all orders of tied rows, by counting."""
    room = 0.1 * len(scores)
    found = 0.0
    for score_ in sorted(set(scores), reverse=True):
        at = scores == score_
        share = min(1.0, room / at.sum())
        found += share * positive[at].sum()
        room -= share * at.sum()
    return found / (0.1 * len(scores)) / positive.mean()


BINARY = {
    "accuracy": lambda p: reference.accuracy_score(p.truth, p.labels),
    "balanced_accuracy": lambda p: reference.balanced_accuracy_score(p.truth, p.labels),
    "precision": lambda p: reference.precision_score(_truth(p), _said(p)),
    "recall": lambda p: reference.recall_score(_truth(p), _said(p)),
    "f1": lambda p: reference.f1_score(_truth(p), _said(p)),
    "mcc": lambda p: reference.matthews_corrcoef(p.truth, p.labels),
    "roc_auc": lambda p: reference.roc_auc_score(_truth(p), p.positive_scores),
    "average_precision": lambda p: reference.average_precision_score(_truth(p), p.positive_scores),
    "log_loss": lambda p: reference.log_loss(p.truth, p.scores, labels=p.classes),
    "brier": lambda p: reference.brier_score_loss(_truth(p), p.positive_scores),
    "specificity": lambda p: reference.recall_score(p.truth, p.labels, pos_label="no"),
    "calibration_error": lambda p: _calibration_error(p.positive_scores, _truth(p)),
    "lift_top_decile": lambda p: _lift(p.positive_scores, _truth(p)),
}
MULTICLASS = {
    "accuracy": lambda p: reference.accuracy_score(p.truth, p.labels),
    "balanced_accuracy": lambda p: reference.balanced_accuracy_score(p.truth, p.labels),
    "f1_macro": lambda p: reference.f1_score(p.truth, p.labels, average="macro"),
    "f1_weighted": lambda p: reference.f1_score(p.truth, p.labels, average="weighted"),
    "precision_macro": lambda p: reference.precision_score(p.truth, p.labels, average="macro", zero_division=0),
    "recall_macro": lambda p: reference.recall_score(p.truth, p.labels, average="macro", zero_division=0),
    "precision_weighted": lambda p: reference.precision_score(p.truth, p.labels, average="weighted", zero_division=0),
    "recall_weighted": lambda p: reference.recall_score(p.truth, p.labels, average="weighted", zero_division=0),
    "mcc": lambda p: reference.matthews_corrcoef(p.truth, p.labels),
    "roc_auc_ovr": lambda p: reference.roc_auc_score(p.truth, p.scores, multi_class="ovr"),
    "log_loss": lambda p: reference.log_loss(p.truth, p.scores, labels=p.classes),
    "brier": lambda p: np.mean(np.sum((p.scores - (p.truth[:, None] == np.array(p.classes))) ** 2, axis=1)),
}
REGRESSION = {
    "rmse": lambda p: reference.root_mean_squared_error(p.truth, p.labels),
    "mae": lambda p: reference.mean_absolute_error(p.truth, p.labels),
    "median_absolute_error": lambda p: reference.median_absolute_error(p.truth, p.labels),
    "mape": lambda p: reference.mean_absolute_percentage_error(p.truth, p.labels),
    "absolute_error_90": lambda p: np.quantile(np.abs(p.truth - p.labels), 0.9, method="inverted_cdf"),
    "pinball_10": lambda p: reference.mean_pinball_loss(p.truth, p.labels, alpha=0.1),
    "pinball_90": lambda p: reference.mean_pinball_loss(p.truth, p.labels, alpha=0.9),
    "r2": lambda p: reference.r2_score(p.truth, p.labels),
}


@pytest.mark.parametrize("name", BINARY)
@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), n=st.integers(20, 300), decimals=st.sampled_from([1, 2, 17]))
def test_binary_metrics_equal_scikit_learn_also_with_ties(name, seed, n, decimals):
    rng = np.random.default_rng(seed)
    positive = np.r_[True, False, rng.random(n - 2) < 0.3]
    scores = np.clip(np.round(0.3 * positive + 0.7 * rng.random(n), decimals), 0, 1)
    scores[0] = 0.9  # so that precision has at least one case
    predictions = binary_from(scores, positive)
    assert score(name, predictions) == pytest.approx(BINARY[name](predictions), abs=1e-12)


@pytest.mark.parametrize("name", MULTICLASS)
@pytest.mark.parametrize("seed", range(5))
def test_multiclass_metrics_equal_scikit_learn(name, seed):
    predictions = multiclass(np.random.default_rng(seed), 400, strength=1)
    assert score(name, predictions) == pytest.approx(MULTICLASS[name](predictions), abs=1e-12)


# scikit-learn warns about exactly the case under test.
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true:UserWarning")
@pytest.mark.parametrize("name", sorted(set(MULTICLASS) - {"roc_auc_ovr"}))
def test_multiclass_metrics_equal_scikit_learn_when_a_class_is_never_predicted(name):
    predictions = multiclass(np.random.default_rng(3), 60, strength=0.2, shares=(0.7, 0.28, 0.01, 0.01))
    predictions.labels[predictions.labels == "3"] = "0"
    with np.errstate(all="ignore"):
        assert score(name, predictions) == pytest.approx(MULTICLASS[name](predictions), abs=1e-12)


@pytest.mark.parametrize("name", REGRESSION)
@pytest.mark.parametrize("seed", range(5))
def test_regression_metrics_equal_scikit_learn(name, seed):
    predictions = regression(np.random.default_rng(seed), 333 + seed, heavy=True)
    assert score(name, predictions) == pytest.approx(REGRESSION[name](predictions), rel=1e-12, abs=1e-12)


def test_every_metric_is_compared_with_scikit_learn():
    assert set(METRICS) == {*BINARY, *MULTICLASS, *REGRESSION}
    for task, table in (("binary", BINARY), ("multiclass", MULTICLASS), ("regression", REGRESSION)):
        assert {metric.name for metric in metrics_for(task)} == set(table)


def test_an_unknown_metric_lists_the_known_ones_and_suggests_one():
    with pytest.raises(ProblemError, match=r"did you mean roc_auc\?") as caught:
        get_metric("roc_acu")
    assert "average_precision" in str(caught.value)


def test_a_rare_class_changes_the_default_metric():
    assert default_metric("binary", 0.3) == "roc_auc"
    assert default_metric("binary", 0.01) == "average_precision"
    assert default_metric("multiclass", 0.3) == "accuracy"
    assert default_metric("multiclass", 0.01) == "f1_macro"
    assert default_metric("regression") == "rmse"
