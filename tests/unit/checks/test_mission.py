from __future__ import annotations

import pytest

import increment_factory as made
from specweave.checks import mission, run_checks, write_validation_report
from specweave.evidence import check_document
from specweave.problem import Criterion


def answers(folder):
    return {item.question: item for item in mission(folder, run_checks(folder))}


@pytest.fixture
def folder(workspace):
    criteria = [Criterion(metric="roc_auc", value=0.9), Criterion(metric="recall", value=0.5)]
    return made.worked(made.increment(workspace, success=criteria))


def test_nothing_done_answers_every_question_with_no(workspace):
    found = answers(made.increment(workspace))
    assert [item.state for item in found.values()] == ["no", "no", "no", "not asked", "no"]
    assert found["All experiments logged"].detail == "none yet"


def test_each_criterion_stands_with_target_and_value(folder):
    found = answers(folder)["Success criteria met"]
    assert found.state == "no"
    assert found.detail == "roc_auc ≥ 0.9: met with 0.9100; recall ≥ 0.5: no value"
    assert "0.9100<!--ev:evaluation.json#/estimates/0/value@" in found.cited


def test_work_that_was_done_is_named(folder):
    (folder.reports / "evaluation-report.md").write_text("roc_auc<!--ev:evaluation.json#/metric@00000000-->\n", "utf-8")
    (folder.reports / "explainability-report.md").write_text("# Explained\n", "utf-8")
    found = answers(folder)
    assert str(found["All experiments logged"]) == "[x] All experiments logged: 2 records, 2 finished"
    assert found["Best model saved"].detail.startswith("experiments/exp-002-lightgbm/model.skops, ")
    assert found["Explanation present"].state == "yes"
    assert "not proven: see ML008" in found["Metrics documented"].detail


def test_a_lost_model_file_is_no_saved_model(folder):
    (folder.experiments / "exp-002-lightgbm" / "model.skops").unlink()
    found = answers(folder)
    assert found["Best model saved"].state == "no"
    assert "see ML001" in found["All experiments logged"].detail


def test_the_report_opens_with_the_list_and_its_numbers_carry_evidence(folder):
    path = write_validation_report(folder, run_checks(folder))
    text = path.read_text("utf-8")
    assert text.index("- [ ] Success criteria met: roc_auc ≥ 0.9: met with 0.9100<!--ev") < text.index("| ML001")
    assert check_document(path, folder) == []


def test_the_report_does_not_stand_in_its_own_way_when_evidence_changes(folder):
    write_validation_report(folder, run_checks(folder))
    made.evaluation(folder, value=0.95)
    (result,) = [result for result in run_checks(folder) if result.code == "ML008"]
    assert result.verdict == "not applicable"
