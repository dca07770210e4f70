from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from specweave.cli import main
from specweave.data import seal
from specweave.errors import OutsideWorkspaceError, ProblemError
from specweave.evaluation import documents
from specweave.spec_file import write_problem
from specweave.tools.calls import perform
from specweave.workspace import write_text
from trained_increments import sealed_increment


@pytest.fixture
def increment(workspace, monkeypatch):
    monkeypatch.setattr(documents, "make_figures", lambda predictions, target: {})
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"signal": rng.normal(size=200), "churn": rng.choice(["no", "yes"], 200)})
    folder, problem = sealed_increment(workspace, frame, "churn", "binary", positive="yes")
    write_text(folder.spec, "---\nid: 0001\n---\n# Spec\n")
    write_problem(folder, problem)
    truth = rng.random(150) < 0.4
    columns = {
        "truth": np.where(truth, "yes", "no"),
        "score": np.clip(0.3 + 0.3 * truth + 0.2 * rng.normal(size=150), 0, 1),
    }
    pd.DataFrame(columns).to_csv(workspace.root / "theirs.csv", index=False)
    return folder


def test_a_file_of_predictions_is_judged_without_a_look(workspace, increment):
    said = perform("evaluate_model", {"increment": "1", "predictions": "theirs.csv"}, root=str(workspace.root))
    assert "roc_auc 0.8" in said
    assert "on 150 rows (predictions in theirs.csv)" in said
    assert "reports/theirs/evaluation-report.html" in said
    assert seal.looks(increment) == []
    assert not (increment.reports / "evaluation.json").exists()


def test_an_experiment_and_a_file_together_are_refused(workspace, increment):
    given = {"increment": "1", "predictions": "theirs.csv", "experiment": "exp-001"}
    with pytest.raises(ProblemError, match="not both"):
        perform("evaluate_model", given, root=str(workspace.root))


def test_a_file_outside_the_project_is_refused(workspace, increment, tmp_path_factory):
    outside = tmp_path_factory.mktemp("elsewhere") / "p.csv"
    outside.write_text("truth,score\nyes,0.5\n")
    with pytest.raises(OutsideWorkspaceError):
        perform("evaluate_model", {"increment": "1", "predictions": str(outside)}, root=str(workspace.root))


def test_the_command_line_judges_a_file_too(workspace, increment, monkeypatch):
    monkeypatch.chdir(workspace.root)
    done = CliRunner().invoke(main, ["evaluate", "1", "--predictions", "theirs.csv"])
    assert done.exit_code == 0, done.output
    assert "predictions in theirs.csv" in done.output
