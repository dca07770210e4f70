from __future__ import annotations

import pytest

import trained_increments as trained
from explained_models import FEATURES, loans
from specweave.errors import ExperimentError
from specweave.increments import create_increment
from specweave.spec_file import write_problem
from specweave.tools.calls import perform
from specweave.tools.operations.explanation import explain
from specweave.tools.tokens import count_tokens


@pytest.fixture
def folder(workspace):
    made, problem = trained.sealed_increment(workspace, loans(400), "granted", "binary", positive="yes")
    made.spec.write_text("---\nml: {}\n---\n\n# Spec\n", "utf-8")
    write_problem(made, problem)
    trained.add_experiment(made, problem, "linear", "baseline", columns=FEATURES)
    trained.add_experiment(made, problem, "boosting", "candidate", columns=FEATURES, strong=True)
    return made


def explained(workspace, **wishes):
    wishes = {"experiment": None, "rows": ["typical"], "allow_change": [], **wishes}
    return explain(workspace, progress=lambda *_: None, increment="1", **wishes)


def test_the_answer_starts_with_what_the_model_relies_on_and_ends_with_the_files(workspace, folder):
    text = explained(workspace)["text"]
    lines = text.splitlines()
    assert lines[0].startswith("exp-002-boosting relies most on ")
    assert "a typical row predicted" in text
    assert lines[-1].startswith("Files: ")
    assert "explanation.html" in lines[-1]
    assert count_tokens(text).tokens <= 1500


def test_the_task_is_done_by_the_own_model_and_not_by_another_one(workspace, folder):
    tasks = folder.path / "tasks.md"
    tasks.write_text("### T-004: Explain\n\n**Status**: [ ] pending\n", "utf-8")
    explained(workspace, experiment="exp-001")
    assert "[ ] pending" in tasks.read_text("utf-8")
    explained(workspace)
    assert "[x] completed" in tasks.read_text("utf-8")


def test_without_a_model_no_job_is_started(workspace):
    create_increment(workspace, "predict churn")
    with pytest.raises(ExperimentError, match="No finished experiment"):
        perform("explain_model", {"increment": "1"}, root=str(workspace.root))
    assert not list(workspace.jobs.glob("job-*"))
