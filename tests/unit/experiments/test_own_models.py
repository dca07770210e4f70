"""Every model the tabular kind can train is stored and loaded without loss; a new family must keep that."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from datasets import dataset
from specweave.experiments.models import load_model, save_model
from specweave.problem import DataSource, Problem
from specweave.problems.base import Column
from specweave.problems.tabular.kind import Tabular

COLUMNS = [
    Column("Pclass", "number"),
    Column("Age", "number"),
    Column("Sex", "category"),
    Column("Cabin", "many"),
    Column("Ticket", "many"),
]


def _problem(target, task):
    positive = "1" if task == "binary" else None
    return Problem(
        task=task, request="x", data=DataSource(location="titanic.csv.gz"), target=target, positive_label=positive
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "task"), [("Survived", "binary"), ("Fare", "regression"), ("Embarked", "multiclass")]
)
def test_every_attempt_and_their_blend(target, task, tmp_path):
    rows = pd.read_csv(dataset("tabular/titanic.csv.gz")).dropna(subset=[target]).head(300)
    kind, problem = Tabular(), _problem(target, task)
    attempts = kind.baselines(problem, rows, COLUMNS) + kind.candidates(problem, rows, COLUMNS)[0]
    models = {attempt.name: kind.fit(attempt, problem, rows, COLUMNS) for attempt in attempts}
    candidates = [models[attempt.name] for attempt in attempts if attempt.kind == "candidate"]
    assert len(candidates) >= 4
    models["blend"] = kind.combined_model(candidates[-3:])
    for name, model in models.items():
        facts = save_model(model, tmp_path / f"{name}.skops")
        loaded = load_model(tmp_path / f"{name}.skops", sha256=facts["sha256"])
        method = "predict" if task == "regression" else "predict_proba"
        X = rows[[column.name for column in COLUMNS]]
        np.testing.assert_array_equal(getattr(loaded, method)(X), getattr(model, method)(X), err_msg=name)
