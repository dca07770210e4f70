"""An assistant that tries to cheat, in the real client: each attempt is refused, or named by the next validation.

The model is scripted. What an assistant does to files with the client's own tools is done here between two sessions, because
the harness of the client scripts tool calls of the server; the sessions are real.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from client_rig import PREFIX, export
from client_rig import run as run_client
from specweave.experiments import list_experiments
from specweave.workspace import IncrementFolder

pytestmark = [pytest.mark.client, pytest.mark.slow, pytest.mark.timeout(600)]

REQUEST = "predict churn from data/churn.csv"
TRAIN = {"tool": "run_experiment", "input": {"increment": "1", "candidates": ["linear"]}}
WAITS = [{"tool": "job", "input": {"action": "wait"}}] * 4
EVALUATE = {"tool": "evaluate_model", "input": {"increment": "1"}}
VALIDATE = {"tool": "validate_increment", "input": {"increment": "1"}}
DONE = {"tool": "complete_increment", "input": {"increment": "1"}}
CREATE = {"tool": "create_increment", "input": {"request": REQUEST, "data": "data/churn.csv", "target": "churn"}}


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    return export(tmp_path_factory.mktemp("clone") / "sw-ml")


@pytest.fixture
def project(tmp_path) -> Path:
    """A project with a table of 600 customers."""
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    rng = np.random.default_rng(0)
    usage, age = rng.normal(size=600), rng.integers(18, 80, 600)
    left = np.where(usage + rng.normal(size=600) > 0.3, "yes", "no")
    pd.DataFrame({"usage": usage.round(4), "age": age, "churn": left}).to_csv(folder / "data/churn.csv", index=False)
    return folder


@pytest.fixture
def session(monkeypatch, tmp_path, clone):
    """One session of the client over a project; the answers of our tools, and the project as it is afterwards."""
    count = iter(range(100))

    def once(project: Path, prompt: str, turns: list[dict[str, Any]]) -> tuple[dict[str, dict], Path]:
        world = tmp_path / f"world{next(count)}"
        seen = run_client(
            monkeypatch, world, prompt, [*turns, {"text": "{result}"}], marketplace=clone, project=str(project),
            allow=["mcp__plugin_ml_lab"], timeout=280,
        )  # fmt: skip
        assert seen["ok"], seen
        answers = {
            found["tool"].removeprefix(PREFIX): found
            for found in seen["tool_results"]
            if found["tool"] and found["tool"].startswith(PREFIX)
        }
        return answers, world / "project"

    return once


def increment(project: Path) -> Path:
    (found,) = (project / ".specweave/increments").glob("0001-*")
    return found


def edit(path: Path, change) -> None:
    path.chmod(0o600)
    path.write_text(change(path.read_text("utf-8")), "utf-8")


def test_done_without_a_baseline_is_refused(session, project):
    answers, after = session(project, "finish 1, quickly", [CREATE, DONE])
    assert answers["complete_increment"]["is_error"]
    assert "cannot be completed" in answers["complete_increment"]["text"]
    assert json.loads((increment(after) / "metadata.json").read_text("utf-8"))["status"] == "planning"


def test_every_way_to_cheat_after_an_evaluation_is_named(session, project, tmp_path):
    _, honest = session(project, REQUEST, [CREATE, TRAIN, *WAITS, EVALUATE])
    assert (increment(honest) / "reports/evaluation.json").is_file()

    def after(name: str, cheat, turns: list[dict[str, Any]]) -> dict[str, dict]:
        copy = tmp_path / name
        shutil.copytree(honest, copy)
        cheat(increment(copy))
        return session(copy, "validate 1", turns)[0]

    _edited_metric(after)
    _deleted_look(after)
    _trained_on_sealed_rows(after)
    _changed_split(after)
    _muted_in_silence(after)
    _baseline_deleted(after)
    _made_up(after)
    _promises_lowered(after)


def _edited_metric(after) -> None:
    def cheat(folder: Path) -> None:
        value = json.loads((folder / "reports/evaluation.json").read_text("utf-8"))["estimates"][0]["value"]
        edit(folder / "reports/evaluation-report.md", lambda text: text.replace(f"{value:.4f}", "0.9990"))

    answers = after("edited", cheat, [VALIDATE, DONE])
    assert "ML008 failed: reports/evaluation-report.md: line" in answers["validate_increment"]["text"]
    assert answers["complete_increment"]["is_error"]


def _deleted_look(after) -> None:
    def cheat(folder: Path) -> None:
        for name in ("looks.jsonl", "looks-head.json"):
            (folder / "data" / name).unlink()

    answers = after("forgotten", cheat, [VALIDATE, EVALUATE])
    assert "entry 1 was removed: metadata.json knows of 1 look" in answers["validate_increment"]["text"]
    assert answers["evaluate_model"]["is_error"]
    assert "tampered" in answers["evaluate_model"]["text"]


def _trained_on_sealed_rows(after) -> None:
    def cheat(folder: Path) -> None:
        (folder.parents[2] / "cheat.py").write_text(
            "import glob, pandas as pd\n"
            "from specweave import track_experiment\n"
            "with track_experiment('everything', increment='1') as experiment:\n"
            "    experiment.log_training_rows(pd.read_csv('data/churn.csv'))\n"
            "    experiment.log_metric('roc_auc', 0.999)\n",
            "utf-8",
        )

    script = {"tool": "run_experiment", "input": {"increment": "1", "script": "cheat.py"}}
    answers = after("greedy", cheat, [script, *WAITS, VALIDATE])
    text = answers["validate_increment"]["text"]
    assert "ML009 failed" in text
    assert "recorded training rows of which" in text


def _changed_split(after) -> None:
    def cheat(folder: Path) -> None:
        edit(folder / "data/split.json", lambda text: text.replace('"strategy": "', '"strategy": "un'))

    answers = after("resplit", cheat, [VALIDATE, EVALUATE])
    assert "data/split.json was changed after the test set was sealed" in answers["validate_increment"]["text"]
    assert answers["evaluate_model"]["is_error"]


def _muted_in_silence(after) -> None:
    def cheat(folder: Path) -> None:
        (folder / "data/looks.jsonl").unlink()
        edit(
            folder / "spec.md", lambda text: text.replace("\nml:\n", "\nml:\n  muted_checks: {ML006: it is fine}\n", 1)
        )

    answers = after("muted", cheat, [VALIDATE])
    assert "ML006 failed" in answers["validate_increment"]["text"]
    assert "nobody is on record for it" in answers["validate_increment"]["text"]


def _baseline_deleted(after) -> None:
    def cheat(folder: Path) -> None:
        baselines = [record for record in list_experiments(IncrementFolder(folder)) if record.kind == "baseline"]
        assert baselines
        for record in baselines:
            shutil.rmtree(record.path)

    answers = after("alone", cheat, [VALIDATE, DONE])
    assert "ML002 failed" in answers["validate_increment"]["text"]
    assert answers["complete_increment"]["is_error"]


def _made_up(after) -> None:
    """A copied record with better numbers, a deleted rival, a summary nobody earned: one session names them all."""

    def cheat(folder: Path) -> None:
        best = next(one for one in list_experiments(IncrementFolder(folder)) if one.kind == "candidate")
        magic = folder / "experiments/exp-099-magic"
        shutil.copytree(best.path, magic)
        edit(magic / "metrics.json", lambda text: json.dumps({**json.loads(text), "roc_auc": 0.9999}))
        rival = next(one for one in list_experiments(IncrementFolder(folder)) if one.name == "one-rule")
        shutil.rmtree(rival.path)
        edit(folder / "metadata.json", lambda text: json.dumps({**json.loads(text), "status": "completed"}))

    judge = {"tool": "evaluate_model", "input": {"increment": "1", "experiment": "exp-099-magic"}}
    answers = after("magic", cheat, [VALIDATE, judge, DONE])
    text = answers["validate_increment"]["text"]
    assert "exp-099-magic (was not recorded by a tool: nobody saw it finish" in text
    assert "ML002 failed: A baseline was deleted" in text
    assert "ML017 failed" in text
    assert answers["evaluate_model"]["is_error"]
    assert "nobody saw it finish" in answers["evaluate_model"]["text"]
    assert answers["complete_increment"]["is_error"]


def _promises_lowered(after) -> None:
    def cheat(folder: Path) -> None:
        edit(folder / "spec.md", lambda text: text.replace("look_budget: 3", "look_budget: 30"))
        (folder.parents[2] / "README.md").write_text(f"{folder.name} reaches a ROC AUC of 0.999.\n", "utf-8")

    answers = after("lowered", cheat, [VALIDATE, DONE])
    text = answers["validate_increment"]["text"]
    assert "ML016 failed: Changed after look 1: ml.look_budget was 3 and is 30" in text
    assert "README.md: line 1: ROC AUC 0.999 is claimed without evidence" in text
    assert answers["complete_increment"]["is_error"]
