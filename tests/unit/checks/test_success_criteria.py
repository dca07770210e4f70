from __future__ import annotations

import pytest

import increment_factory as made
from specweave.checks.conformance import CheckConformance
from specweave.checks.success_criteria import SuccessCriteria
from specweave.metrics import Estimate
from specweave.problem import Criterion

WANTED = [Criterion(metric="roc_auc", value=0.9)]


class TestSuccessCriteria(CheckConformance):
    def check(self):
        return SuccessCriteria()

    def broken(self, root):
        folder = made.place(root, success=WANTED)
        made.evaluation(folder, value=0.8999)
        return folder

    def sound(self, root):
        # Its interval goes down to exactly what is wanted.
        folder = made.place(root, success=WANTED)
        made.evaluation(folder, estimates=[Estimate(metric="roc_auc", value=0.92, low=0.9, high=0.95, n=20)])
        return folder

    def unknowable(self, root):
        return made.place(root, success=WANTED)


def test_without_criteria_there_is_nothing_to_meet(tmp_path):
    folder = made.place(tmp_path)
    made.evaluation(folder)
    verdict = SuccessCriteria().run(folder)
    assert (verdict.outcome, verdict.sentence) == ("not applicable", "spec.md sets no success criterion")


@pytest.mark.parametrize(("value", "outcome"), [(4.9, "passed"), (5.0, "passed"), (5.1, "failed")])
def test_errors_have_to_stay_below(tmp_path, value, outcome):
    folder = made.place(tmp_path, success=[Criterion(metric="rmse", comparison="<=", value=5)])
    made.evaluation(folder, estimates=[Estimate(metric="rmse", value=value, n=20)])
    assert SuccessCriteria().run(folder).outcome == outcome


def test_every_criterion_is_told_with_value_and_target(tmp_path):
    folder = made.place(tmp_path, success=[*WANTED, Criterion(metric="recall", value=0.5)])
    made.evaluation(
        folder,
        estimates=[
            Estimate(metric="roc_auc", value=0.95, low=0.9, high=0.97, n=20),
            Estimate(metric="recall", undefined="no row is positive", n=20),
        ],
    )
    verdict = SuccessCriteria().run(folder)
    assert verdict.outcome == "failed"
    assert "roc_auc ≥ 0.9: met with 0.9500 (0.9000 to 0.9700)" in verdict.sentence
    assert "recall ≥ 0.5: not defined (no row is positive)" in verdict.sentence


def test_a_criterion_nobody_measured_asks_for_an_evaluation(tmp_path):
    folder = made.place(tmp_path, success=[Criterion(metric="f1", value=0.5)])
    made.evaluation(folder)
    verdict = SuccessCriteria().run(folder)
    assert verdict.outcome == "failed"
    assert verdict.remedy.tool == "evaluate_model"


@pytest.mark.parametrize(
    ("low", "high", "said", "outcome"),
    [
        (0.91, 0.97, "(0.9100 to 0.9700)", "passed"),
        (0.88, 0.97, "(0.8800 to 0.9700, so not certain)", "warned"),
    ],
)
def test_an_interval_that_holds_both_answers_is_called_uncertain_and_warned_of(tmp_path, low, high, said, outcome):
    folder = made.place(tmp_path, success=WANTED)
    made.evaluation(folder, estimates=[Estimate(metric="roc_auc", value=0.95, low=low, high=high, n=20)])
    verdict = SuccessCriteria().run(folder)
    assert verdict.outcome == outcome
    assert said in verdict.sentence


def judged(folder, precision, recall, flagged, positives=140):
    """An evaluation of 3,000 rows with certain values."""
    estimates = [
        Estimate(metric=name, value=value, low=value, high=value, n=3000)
        for name, value in (("precision", precision), ("recall", recall))
    ]
    made.evaluation(folder, estimates=estimates, n_test=3000, n_positive=positives, n_flagged=flagged)
    return SuccessCriteria().run(folder)


@pytest.mark.parametrize(
    ("metric", "precision", "recall", "flagged", "said"),
    [
        ("precision", 1.0, 0.0216, 4, "recall 0.0216"),
        ("precision", 1.0, 0.05, 7, ""),
        ("recall", 0.0467, 1.0, 3000, "precision 0.0467"),
        ("recall", 0.06, 1.0, 2500, ""),
    ],
)
def test_a_criterion_met_by_a_model_nobody_would_use_is_warned_of(tmp_path, metric, precision, recall, flagged, said):
    folder = made.place(tmp_path, success=[Criterion(metric=metric, value=0.99)])
    positives = 141 if metric == "recall" else 140
    verdict = judged(folder, precision, recall, flagged, positives)
    assert verdict.outcome == ("warned" if said else "passed")
    assert said in verdict.sentence
    assert not said or f"{flagged:,} of 3,000 rows" in verdict.sentence


def test_a_low_recall_somebody_has_asked_for_is_no_surprise(tmp_path):
    wanted = [Criterion(metric="precision", value=0.99), Criterion(metric="recall", value=0.02)]
    assert judged(made.place(tmp_path, success=wanted), 1.0, 0.03, 4).outcome == "passed"
