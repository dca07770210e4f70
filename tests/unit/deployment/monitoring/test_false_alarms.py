"""How often the monitoring report's overall verdict raises an alarm when nothing has changed."""

from __future__ import annotations

import numpy as np
import pytest

from made_tables import made
from specweave.data import seal
from specweave.deployment.monitoring import reporting
from specweave.evaluation.choice import chosen_experiment
from specweave.evaluation.recorded_model import load_recorded
from specweave.metrics import estimates
from specweave.workspace import Workspace
from trained_increments import add_experiment, sealed_increment

METRICS = {
    "binary": ["roc_auc", "log_loss", "f1", "accuracy"],
    "regression": ["rmse", "mae", "r2"],
}
POPULATION, LEARNED, LOGGED, SEALED = 60_000, 2000, 1600, 400


def alarms(root, monkeypatch, task, *, models, logs, labels=True):
    """How many of models x logs healthy logs raise an alarm; rows are drawn from one large population.

    The sealed evaluation is drawn anew for each log, too: its luck is part of the comparison.
    """
    monkeypatch.setattr(reporting, "write_report", lambda folder, found: found)
    people = made(POPULATION, seed=3, task=task)[["size", "colour", "town", "member", "y"]]
    raised = 0
    for at in range(models):
        rng = np.random.default_rng([at, 7])
        rows = rng.permutation(POPULATION)
        place = root / f"{task}-{at}"
        place.mkdir()
        frame = people.iloc[rows[:LEARNED]].reset_index(drop=True)
        positive = "yes" if task == "binary" else None
        folder, problem = sealed_increment(Workspace.find_or_create(place), frame, "y", task, positive=positive)
        add_experiment(folder, problem, "linear", "candidate")
        record = chosen_experiment(folder, problem, None)
        model = load_recorded(record, problem, "y")
        kept = reporting.reference_of(folder, record, model)
        monkeypatch.setattr(reporting, "_deployed", lambda _, kept=kept: kept)
        looks = seal.looks(folder)
        for _ in range(logs):
            drawn = people.iloc[rng.choice(rows[LEARNED:], LOGGED + SEALED, replace=False)].reset_index(drop=True)
            sealed = estimates(METRICS[task], model.predict(drawn.iloc[LOGGED:]))
            monkeypatch.setattr(reporting, "_sealed_estimates", lambda *_, sealed=sealed: sealed)
            asked = drawn.iloc[:LOGGED]
            said = model.predict(asked)
            table = asked if labels else asked.drop(columns="y")
            table = table.assign(label=said.labels) if task == "binary" else table
            score = said.positive_scores if task == "binary" else said.labels
            table.assign(score=score).to_parquet(place / "log.parquet")
            raised += reporting.report_on(folder, problem, place / "log.parquet").alarming
        assert seal.looks(folder) == looks
    return raised


@pytest.mark.slow
@pytest.mark.parametrize("task", METRICS)
def test_at_most_one_in_twenty_healthy_logs_with_labels_raises_an_alarm(tmp_path, monkeypatch, task):
    assert alarms(tmp_path, monkeypatch, task, models=4, logs=50) <= 10


@pytest.mark.slow
def test_healthy_logs_without_labels_hardly_ever_raise_an_alarm(tmp_path, monkeypatch):
    """Drift alone is told at one in a thousand."""
    assert alarms(tmp_path, monkeypatch, "binary", models=4, logs=50, labels=False) <= 2
