"""`/ml:explain 0001` and the steps of the skill model-explainer in the real client; only the model is scripted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import trained_increments as trained
from client_rig import PREFIX, export
from client_rig import run as run_client
from explained_models import FEATURES, loans
from specweave.evidence import check_document
from specweave.spec_file import write_problem
from specweave.workspace import IncrementFolder, Workspace

pytestmark = [pytest.mark.client, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    return export(tmp_path_factory.mktemp("Klöne") / "sw ml")


@pytest.fixture
def project(tmp_path) -> Path:
    """A user's project with one trained increment in it."""
    (tmp_path / "my project").mkdir()
    workspace = Workspace.find_or_create(tmp_path / "my project")
    folder, problem = trained.sealed_increment(workspace, loans(), "granted", "binary", positive="yes")
    folder.spec.write_text("---\nml: {}\n---\n\n# Spec\n", "utf-8")
    write_problem(folder, problem)
    trained.add_experiment(folder, problem, "boosting", "candidate", columns=FEATURES, strong=True)
    return workspace.root


def results(seen: dict) -> list[dict]:
    return [found for found in seen["tool_results"] if found["tool"] and found["tool"].startswith(PREFIX)]


def explained(tmp_path: Path) -> IncrementFolder:
    (found,) = (tmp_path / "world/project/.specweave/increments").glob("0001-*")
    return IncrementFolder(found)


def test_the_explain_command_explains_without_asking(monkeypatch, tmp_path, clone, project):
    turns = [
        {"tool": "explain_model", "input": {"increment": "0001"}},
        *[{"tool": "job", "input": {"action": "wait"}}] * 2,
        {"text": "{result}"},
    ]
    seen = run_client(
        monkeypatch, tmp_path / "world", "/ml:explain 0001", turns, marketplace=clone, project=str(project), timeout=280
    )
    assert "Explain the model of this increment: 0001" in "\n".join(seen["prompt_seen"])
    assert seen["permission_denials"] == []
    assert not [found for found in results(seen) if found["is_error"]], results(seen)
    assert any("relies most on" in found["text"] for found in results(seen))
    folder = explained(tmp_path)
    facts = json.loads((folder.reports / "explanation.json").read_text("utf-8"))
    assert facts["experiment"].startswith("exp-001")
    for name in ("explainability-report.md", "explanation.html", "model-card.md"):
        assert check_document(folder.reports / name, folder) == []
    assert not (folder.data / "looks.jsonl").exists() or not (folder.data / "looks.jsonl").read_text("utf-8")


def test_the_steps_of_the_skill_answer_what_would_change_a_row(monkeypatch, tmp_path, clone, project):
    """Find the increment, explain the named row with the columns the person can change, wait, say what is next."""
    prompt = "why was customer C0002 answered so, and what would have to be different?"
    wanted = {"increment": "1", "rows": ["customer_id=C0002"], "allow_change": ["income up", "late payments down"]}
    turns = [
        {"tool": "next_step", "input": {"increment": "1"}},
        {"tool": "explain_model", "input": wanted},
        *[{"tool": "job", "input": {"action": "wait"}}] * 2,
        {"text": "{result}"},
    ]
    seen = run_client(
        monkeypatch,
        tmp_path / "world",
        prompt,
        turns,
        marketplace=clone,
        project=str(project),
        allow=["mcp__plugin_ml_lab"],
        timeout=280,
    )
    assert seen["ok"], seen
    assert "ml:model-explainer" in seen["skills"]
    assert not [found for found in results(seen) if found["is_error"]], results(seen)
    facts = json.loads((explained(tmp_path).reports / "explanation.json").read_text("utf-8"))
    (row,) = facts["rows"]
    assert "customer_id C0002" in row["label"]
    assert facts["allowed"] == ["income up", "late payments down"]
    changed = {one["column"] for found in row["counterfactuals"]["found"] for one in found["changes"]}
    assert changed <= {"income", "late payments"}
    shutil.rmtree(tmp_path / "world/home", ignore_errors=True)
