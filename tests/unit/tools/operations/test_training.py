from types import SimpleNamespace

import pytest

from specweave.problem import Criterion, Problem
from specweave.tools.operations.training import _answer
from specweave.training.result import LeaderboardRow, TrainingResult
from specweave.workspace import IncrementFolder


def row(experiment, kind, family, **facts):
    return LeaderboardRow(
        **{
            "experiment": experiment,
            "name": experiment[8:],
            "kind": kind,
            "family": family,
            "status": "finished",
            "value": 0.4976,
            "cv_mean": 0.5,
            "low": 0.5,
            "high": 0.5,
            **facts,
        }
    )


@pytest.fixture
def answer(workspace):
    def made(asked=None, success=(), **best):
        rows = [
            row("exp-005-splines", "candidate", "linear", verdict="better", value=0.9, cv_mean=0.91, **best),
            row("exp-004-linear", "baseline", "linear"),
            row("exp-002-majority", "baseline", "majority"),
        ]
        result = TrainingResult(
            increment="0001-x",
            metric="roc_auc",
            metric_title="Area under the ROC curve",
            greater_is_better=True,
            n_train=12_000,
            n_sealed=3_000,
            n_folds=5,
            folds="",
            split="Stratified.",
            leaderboard=rows,
            best="exp-005-splines",
            best_name="splines",
            best_baseline="exp-004-linear",
            margin=0.5,
            why="It is best.",
            seconds=1,
        )
        folder = IncrementFolder(workspace.increments / "0001-x")
        prepared = SimpleNamespace(problem=Problem(positive_label="1", success=list(success)))
        return _answer(workspace, folder, prepared, result, asked)

    return made


def test_an_interval_stands_beside_the_mean_it_belongs_to(answer):
    text = answer(low=0.89, high=0.93)
    assert "0.9000 out of fold, mean of folds 0.9100 (0.8900 to 0.9300)" in text
    assert "| experiment | roc_auc out of fold | mean of folds (95 % interval) |" in text
    assert "| exp-002-majority | 0.4976 | 0.5000 (0.5000 to 0.5000) |" in text


def test_a_threshold_chosen_for_a_target_is_told_with_what_it_gives(answer):
    at = {"threshold": 0.987, "threshold_rule": "its value reaches it", "precision": 1.0, "recall": 0.0216}
    success = [Criterion(metric="precision", value=0.99)]
    text = answer(success=success, n_flagged=16, n_judged=12_000, **at)
    assert "Threshold 0.9870 (its value reaches it): precision 1.000, recall 0.02160 out of fold; 16 of 12,000" in text
    assert "Threshold" not in answer(n_flagged=16, n_judged=12_000, **at)


def test_the_names_asked_for_are_told_with_what_was_trained(answer):
    assert "Trained for linear: linear (as baseline exp-004-linear), splines." in answer(["linear"])
    assert "Trained for" not in answer()
