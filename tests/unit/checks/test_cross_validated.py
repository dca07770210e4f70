from __future__ import annotations

import pytest

import increment_factory as made
from specweave.checks.conformance import CheckConformance
from specweave.checks.cross_validated import CrossValidated, spread


class TestCrossValidated(CheckConformance):
    def check(self):
        return CrossValidated()

    def broken(self, root):
        folder = made.place(root)
        made.record(folder, folds=(0.95, 0.60, 0.92, 0.58, 0.97))
        return folder

    def sound(self, root):
        # 30,000 apart, but a tenth of the mean: an error in currency looks suspicious and is not.
        folder = made.place(root, task="regression", metric="rmse")
        folds = dict(zip(["fold_1", "fold_2", "fold_3"], [300_000, 330_000, 290_000], strict=True))
        made.record(folder, metrics={"rmse": 310_000, **folds})
        return folder

    def unknowable(self, root):
        folder = made.place(root)
        made.record(folder, "majority", "baseline")
        return folder


def test_one_split_is_no_cross_validation(tmp_path):
    folder = made.place(tmp_path)
    made.record(folder, folds=(0.9,))
    verdict = CrossValidated().run(folder)
    assert verdict.outcome == "failed"
    assert "holds 1 fold values" in verdict.sentence


def test_the_best_model_counts_and_no_other(tmp_path):
    folder = made.place(tmp_path)
    made.record(folder, "wild", metrics={"roc_auc": 0.7, "fold_1": 0.9, "fold_2": 0.4})
    made.record(folder, "steady", metrics={"roc_auc": 0.8, "fold_1": 0.8, "fold_2": 0.81})
    assert "exp-002-steady" in CrossValidated().run(folder).sentence


def test_the_judged_model_counts_even_if_another_looks_better(tmp_path):
    folder = made.place(tmp_path)
    made.record(folder, "wild", metrics={"roc_auc": 0.9, "fold_1": 0.9, "fold_2": 0.4})
    made.record(folder, "steady", metrics={"roc_auc": 0.8, "fold_1": 0.8, "fold_2": 0.81})
    made.evaluation(folder, "exp-002-steady")
    assert CrossValidated().run(folder).outcome == "passed"


def test_a_model_that_used_an_excluded_column_does_not_count(tmp_path):
    folder = made.place(tmp_path, excluded=[{"column": "tax", "reason": "a leak"}])
    leaky = {"file": "model.skops", "sha256": "x", "features": ["tax"]}
    made.record(folder, "leaky", metrics={"roc_auc": 0.99, "fold_1": 0.99, "fold_2": 0.4}, model=leaky)
    made.record(folder, "clean", metrics={"roc_auc": 0.8, "fold_1": 0.8, "fold_2": 0.81})
    assert "exp-002-clean" in CrossValidated().run(folder).sentence


@pytest.mark.parametrize(("folds", "outcome"), [((0.8, 0.9, 1.0), "passed"), ((0.79, 0.9, 1.01), "failed")])
def test_the_limit_is_a_standard_deviation_of_a_tenth(tmp_path, folds, outcome):
    folder = made.place(tmp_path)
    made.record(folder, folds=folds)
    assert CrossValidated().run(folder).outcome == outcome


def test_spread_is_absolute_for_scores_and_relative_for_errors():
    assert spread([0.5, 0.7], greater_is_better=True) == pytest.approx(0.1414, abs=1e-4)
    assert spread([50, 70], greater_is_better=False) == pytest.approx(0.2357, abs=1e-4)
    assert spread([0.0, 0.0], greater_is_better=False) == 0


def test_a_judged_baseline_counts_like_any_other_model(tmp_path):
    folder = made.place(tmp_path)
    made.record(folder, "linear", "baseline", metrics={"roc_auc": 0.8, "fold_1": 0.8, "fold_2": 0.81})
    made.evaluation(folder, "exp-001-linear")
    verdict = CrossValidated().run(folder)
    assert verdict.outcome == "passed"
    assert "exp-001-linear" in verdict.sentence


def test_a_judged_model_whose_record_is_gone_is_named(tmp_path):
    folder = made.place(tmp_path)
    made.record(folder)
    made.evaluation(folder, "exp-007-gone")
    verdict = CrossValidated().run(folder)
    assert verdict.outcome == "not applicable"
    assert "exp-007-gone" in verdict.sentence
