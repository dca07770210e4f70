"""Two skills followed in the real client: the scripted model loads the skill, makes the calls it tells, and the files are there."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from client_rig import PREFIX, export
from client_rig import run as run_client
from specweave.experiments import list_experiments
from specweave.metrics import Predictions
from specweave.workspace import IncrementFolder

pytestmark = [pytest.mark.client, pytest.mark.timeout(400)]

ALLOWED = ["mcp__plugin_ml_lab", "Skill", "Read", "Edit"]
WAIT = {"tool": "job", "input": {"action": "wait"}}
PURPOSE = "may the model be used to write to members"

# As the skill shows it: fixed seeds, the rows of the increment, out-of-fold predictions in the record.
SCRIPT = """
import sys
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from specweave import Workspace, track_experiment
from specweave.data.seal import training_rows
from specweave.metrics import Predictions, score

columns = sys.argv[1].split(",")
frame = training_rows(Workspace.find().increment(1))
truth = frame["left"].astype(str)
with track_experiment("own-" + sys.argv[1], seeds={"folds": 7}) as experiment:
    experiment.log_params({"columns": columns, "C": 1.0})
    model = LogisticRegression()
    folds = StratifiedKFold(5, shuffle=True, random_state=7)
    scores = cross_val_predict(model, frame[columns], truth, cv=folds, method="predict_proba")
    labels = np.array(["no", "yes"])[scores.argmax(axis=1)]
    found = Predictions("binary", truth, labels, scores, ("no", "yes"), "yes", rows=frame.index)
    found.save(experiment.path / "predictions.parquet")
    for n in (50, 100, 200):
        experiment.log_metric("learned_from", model.fit(frame[columns][:n], truth[:n]).score(frame[columns], truth), step=n)
    experiment.log_metric("roc_auc", score("roc_auc", found))
    experiment.save_model(model.fit(frame[columns], truth), "model.pkl")
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    return export(tmp_path_factory.mktemp("clone") / "sw ml")


@pytest.fixture
def run(monkeypatch, tmp_path, clone):
    """Follows a script in the client, in a project of its own; the summary and the increment that came of it."""

    def once(prompt: str, turns: list[dict]) -> tuple[dict, IncrementFolder]:
        project = _project(tmp_path / "my project")
        seen = run_client(
            monkeypatch,
            tmp_path / "world",
            prompt,
            turns,
            marketplace=clone,
            project=str(project),
            allow=ALLOWED,
            timeout=380,
            max_text=40_000,
        )
        assert seen["ok"], seen
        assert seen["stub_complaints"] == []
        assert seen["permission_denials"] == []
        assert [found["text"] for found in seen["tool_results"] if found["is_error"]] == []
        (increment,) = (tmp_path / "world/project/.specweave/increments").glob("0001-*")
        return seen, IncrementFolder(increment)

    return once


def test_the_tracking_skill_leads_from_a_script_to_a_comparison_and_a_reproduction(run):
    prompt = (
        "record my script train.py with each set of columns, tell me which run is really better, and run the best again"
    )
    seen, increment = run(
        prompt,
        [
            {"tool": "Skill", "input": {"skill": "ml:experiment-tracker"}},
            {"tool": "create_increment", "input": {"request": "who leaves", "data": "members.csv", "target": "left"}},
            {"tool": "run_experiment", "input": {"increment": "1", "candidates": ["linear"]}},
            WAIT,
            _script("age"),
            WAIT,
            _script("age,visits"),
            WAIT,
            {"tool": "compare_experiments", "input": {"increment": "1"}},
            {"tool": "reproduce_experiment", "input": {"increment": "1", "experiment": "exp-007"}},
            WAIT,
            {"text": "{result}"},
        ],
    )
    assert "Never type a metric into a record by hand" in _read_by_the_model(increment)
    records = list_experiments(increment)
    weak, strong = [record for record in records if record.name.startswith("own-")]
    assert (weak.name, strong.name, strong.id) == ("own-age", "own-age,visits", "exp-007-own-age-visits")
    for record in (weak, strong):
        assert record.status == "finished"
        assert record.metadata["seeds"] == {"folds": 7}
        assert {path.name for path in record.path.iterdir()} >= {"model.pkl", "model.skops", "metric-history.jsonl"}
        assert len(Predictions.load(record.path / "predictions.parquet")) == 480
    compared = _facts(increment, "experiment-comparison.json")
    rows = {row["experiment"]: row for row in compared["experiments"]}
    assert [row for row in rows.values() if row["not_comparable"]] == []
    assert rows[strong.id]["against_baseline"]["verdict"] == "better"
    assert rows[weak.id]["against_best"]["verdict"] == "worse"
    assert _result(seen, "compare_experiments").startswith(f"Best of {len(records)} comparable experiments: ")
    assert (increment.reports / "experiment-comparison.html").is_file()
    again = _facts(increment, "reproduction-exp-007.json")
    assert again["predictions"]["equal"] == again["predictions"]["n"] == 480
    assert "reproduced exactly" in (increment.reports / "reproduction-exp-007.md").read_text("utf-8")
    assert not (increment.data / "looks.jsonl").exists()


def test_the_evaluating_skill_takes_one_look_with_the_purpose_and_the_column_named_before_it(run):
    seen, increment = run(
        "how good is the model, and is it fair to all towns?",
        [
            {"tool": "create_increment", "input": {"request": "who leaves", "data": "members.csv", "target": "left"}},
            {"tool": "run_experiment", "input": {"increment": "1", "candidates": ["linear"]}},
            *[WAIT] * 2,
            {"tool": "Skill", "input": {"skill": "ml:model-evaluator"}},
            {"tool": "next_step", "input": {"increment": "1"}},
            {"tool": "Read", "input": {"file_path": ".specweave/increments/0001-who-leaves/spec.md"}},
            {
                "tool": "Edit",
                "input": {
                    "file_path": ".specweave/increments/0001-who-leaves/spec.md",
                    "old_string": "\n  costs: null\n",
                    "new_string": "\n  costs: null\n  sensitive: [town]\n",
                },
            },
            {"tool": "evaluate_model", "input": {"increment": "1", "purpose": PURPOSE}},
            *[WAIT] * 2,
            {
                "tool": "Read",
                "input": {"file_path": ".specweave/increments/0001-who-leaves/reports/evaluation-report.md"},
            },
            {"text": "{result}"},
        ],
    )
    assert "each call is a counted look" in _read_by_the_model(increment)
    (look,) = [json.loads(line) for line in (increment.data / "looks.jsonl").read_text("utf-8").splitlines()]
    assert look["purpose"] == PURPOSE
    evaluation = _facts(increment, "evaluation.json")
    assert evaluation
    report = (increment.reports / "evaluation-report.md").read_text("utf-8")
    assert "town" in report
    assert (increment.reports / "evaluation-report.html").is_file()
    assert "town" in seen["final_text"]


def _project(folder: Path) -> Path:
    """Six hundred members of whom those leave who are old and come seldom, and the user's script."""
    folder.mkdir()
    rng = np.random.default_rng(5)
    age, visits = rng.normal(size=600).round(3), rng.normal(size=600).round(3)
    left = np.where(age - 1.5 * visits + rng.normal(size=600) > 0, "yes", "no")
    town = rng.choice(["Aalen", "Bonn", "Celle"], size=600)
    frame = pd.DataFrame({"age": age, "visits": visits, "town": town, "left": left})
    frame.to_csv(folder / "members.csv", index=False)
    (folder / "train.py").write_text(SCRIPT, "utf-8")
    return folder


def _read_by_the_model(increment: IncrementFolder) -> str:
    """Every request the client sent to the model."""
    return (increment.root.parent / "logs" / "requests.jsonl").read_text("utf-8")


def _script(columns: str) -> dict:
    given = {"increment": "1", "script": "train.py", "arguments": [columns], "python": sys.executable}
    return {"tool": "run_experiment", "input": given}


def _facts(increment: IncrementFolder, name: str) -> dict[str, Any]:
    return json.loads((increment.reports / name).read_text("utf-8"))


def _result(seen: dict, tool: str) -> str:
    (found,) = [one for one in seen["tool_results"] if one["tool"] == PREFIX + tool]
    return found["text"]
