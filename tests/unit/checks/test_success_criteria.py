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
        # Its interval reaches below what is wanted; the criterion speaks of the value.
        folder = made.place(root, success=WANTED)
        made.evaluation(folder, value=0.9)
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
    ("low", "high", "said"), [(0.91, 0.97, "(0.9100 to 0.9700)"), (0.88, 0.97, "(0.8800 to 0.9700, so not certain)")]
)
def test_an_interval_that_holds_both_answers_is_called_uncertain(tmp_path, low, high, said):
    folder = made.place(tmp_path, success=WANTED)
    made.evaluation(folder, estimates=[Estimate(metric="roc_auc", value=0.95, low=low, high=high, n=20)])
    verdict = SuccessCriteria().run(folder)
    assert verdict.outcome == "passed"
    assert said in verdict.sentence
