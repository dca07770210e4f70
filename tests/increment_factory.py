"""Increments with hand-made evidence: records, seal, looks, evaluation, leak findings."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd

from specweave import data
from specweave.data import seal as sealing
from specweave.data.split import SplitPlan
from specweave.evaluation import Evaluation
from specweave.experiments import witnessed
from specweave.experiments.yaml_form import dump
from specweave.increments import create_increment
from specweave.metrics import Comparison, Estimate
from specweave.problem import DataSource, Problem
from specweave.witness_file import vouch
from specweave.workspace import Workspace

FEATURES = ("age", "income")
FOLDS = (0.90, 0.91, 0.89, 0.92, 0.88)
ROWS = 100


def problem(**changes) -> Problem:
    known = {
        "task": "binary",
        "request": "predict churn",
        "data": DataSource(location="data/churn.csv"),
        "target": "churn",
        "positive_label": "yes",
        "metric": "roc_auc",
    }
    return Problem(**{**known, **changes})


def increment(workspace, **changes):
    """A new increment with a settled problem; `changes` replace keys of it."""
    wanted = problem(**changes)
    return create_increment(workspace, wanted.request, problem=wanted)


def record(folder, name="lightgbm", kind="candidate", *, metrics=None, folds=FOLDS, status="finished", **metadata):
    """A finished experiment record made by hand; its path. `metadata` replaces keys of metadata.yaml."""
    number = len(list(folder.experiments.glob("exp-*"))) + 1
    path = folder.experiments / f"exp-{number:03d}-{name}"
    path.mkdir(parents=True)
    model = f"the model {name}".encode()
    (path / "model.skops").write_bytes(model)
    values = {"roc_auc": 0.9, **{f"fold_{i + 1}": value for i, value in enumerate(folds)}}
    (path / "params.json").write_text(json.dumps({"depth": 3}), "utf-8")
    (path / "metrics.json").write_text(json.dumps(values if metrics is None else metrics), "utf-8")
    facts = {
        "name": name,
        "kind": kind,
        "status": status,
        "duration_s": 2.5,
        "model": {
            "file": "model.skops",
            "sha256": hashlib.sha256(model).hexdigest(),
            "features": list(FEATURES),
        },
    }
    (path / "metadata.yaml").write_text(dump({**facts, **metadata}), "utf-8")
    if {**facts, **metadata}["status"] == "finished":
        witnessed.testify_finished(path, {**facts, **metadata})
    return path


def sealed(folder, n=ROWS):
    """A table of `n` rows split and sealed, every fifth row for the test."""
    rows = np.arange(n)
    frame = pd.DataFrame({"age": rows, "income": rows * 10, "churn": np.where(rows % 3 == 0, "yes", "no")})
    plan = SplitPlan(
        strategy="random",
        target="churn",
        group=None,
        time=None,
        reason="made for a test",
        evidence={},
        train_rows=rows[rows % 5 != 0],
        test_rows=rows[rows % 5 == 0],
    )
    return sealing.seal(folder, frame, plan, data.fingerprint(frame))


def look(folder, experiment="exp-002-lightgbm"):
    return sealing.open_sealed(folder, experiment=experiment, purpose="evaluation", who="test")[1]


def leaks(folder, *findings):
    """data/leaks.json with findings given as (severity, columns)."""
    content = [
        {
            "code": "target-copy",
            "columns": list(columns),
            "severity": severity,
            "sentence": f"{', '.join(columns) or 'The split'} gives the target away.",
            "evidence": {},
            "remedy": "exclude it",
        }
        for severity, columns in findings
    ]
    (folder.data / "leaks.json").write_text(json.dumps(content), "utf-8")
    vouch(folder, folder.data / "leaks.json")


def profile(workspace, rows, target="churn"):
    """The profile of a table given as a list of dicts."""
    path = workspace.root / "data" / "churn.csv"
    path.parent.mkdir(exist_ok=True)
    pd.DataFrame(rows).to_csv(path, index=False)
    return data.profile(DataSource(location="data/churn.csv"), workspace, target=target)


def place(root, **changes):
    """An increment in a new workspace below `root`, for the cases of a check."""
    root.mkdir(parents=True, exist_ok=True)
    return increment(Workspace.find_or_create(root), **changes)


def evaluation(folder, experiment="exp-002-lightgbm", *, value=0.91, verdict="better", margin=0.55, **changes):
    """reports/evaluation.json of an experiment that beats the baseline; `changes` replace keys of it."""
    judged = Evaluation(
        **{
            "increment": folder.id,
            "experiment": experiment,
            "baseline": "exp-001-majority",
            "task": "binary",
            "metric": "roc_auc",
            "n_test": 20,
            "estimates": [
                Estimate(metric="roc_auc", value=value, low=value - 0.02, high=value + 0.02, n=20, method="DeLong")
            ],
            "comparison": Comparison(
                metric="roc_auc",
                verdict=verdict,
                difference=0.41,
                low=0.3,
                high=0.5,
                p_value=0.001,
                test="DeLong",
                n=20,
            ),
            "margin": margin,
            "margin_wanted": 0.2,
            "verdict": "Judged.",
            **changes,
        }
    )
    (folder.reports / "evaluation.json").write_text(judged.model_dump_json(), "utf-8")
    return judged


def explanation(folder, experiment="exp-002-lightgbm", **changes):
    """reports/explanation.json, as far as checks read it, of the model file the record holds."""
    model = folder.experiments / experiment / "model.skops"
    facts = {"experiment": experiment, "model_sha256": hashlib.sha256(model.read_bytes()).hexdigest(), **changes}
    (folder.reports / "explanation.json").write_text(json.dumps(facts), "utf-8")
    vouch(folder, folder.reports / "explanation.json")
    return facts


def worked(folder):
    """Evidence of work that passes every check: seal, baseline, candidate, one look, evaluation, explanation, no leak."""
    seal = sealed(folder)
    made_with = {"rows_sha256": seal.training.rows_sha256, "seal": seal.id}
    record(folder, "majority", "baseline", metrics={"roc_auc": 0.5}, folds=(), data=made_with)
    record(folder, data=made_with)
    leaks(folder)
    look(folder)
    evaluation(folder)
    explanation(folder)
    return folder
