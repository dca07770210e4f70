from __future__ import annotations

import subprocess
import sys

import pytest

from specweave.experiments import list_experiments
from specweave.experiments.backends.mlflow import configure_mlflow, take_over_runs
from specweave.experiments.metric_history import read_history

# MLflow's own code warns in many places (pydantic, sqlalchemy, google.protobuf); none is ours to repair.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(300)]


def test_runs_outside_become_records_once(folder, with_database):
    import mlflow

    configure_mlflow(increment=with_database(folder))
    with mlflow.start_run(run_name="by hand"):
        mlflow.log_params({"depth": 3, "lr": "0.1", "loss": "log_loss", "shuffle": True})
        for step in range(3):
            mlflow.log_metric("auc", 0.5 + step / 10, step=step)
        mlflow.set_tag("team", "risk")
        mlflow.log_text("hello", "plots/a.txt")
    assert take_over_runs(folder) == ["exp-001-by-hand"]
    assert take_over_runs(folder) == []
    [found] = list_experiments(folder)
    assert found.status == "finished"
    assert found.params == {"depth": 3, "lr": 0.1, "loss": "log_loss", "shuffle": True}
    assert found.metrics == {"auc": 0.7}
    assert [(line["step"], line["value"]) for line in read_history(found.path)] == [(0, 0.5), (1, 0.6), (2, 0.7)]
    assert found.metadata["tags"] == {"team": "risk"}
    assert found.metadata["entry"]["by"] == "mlflow"
    assert (found.path / "artifacts" / "plots" / "a.txt").read_text("utf-8") == "hello"


def test_failed_runs_are_failed_and_open_ones_wait(folder, with_database):
    import mlflow

    configure_mlflow(increment=with_database(folder))
    with pytest.raises(ZeroDivisionError), mlflow.start_run(run_name="broken"):
        1 / 0  # noqa: B018
    mlflow.start_run(run_name="open")
    assert take_over_runs(folder) == ["exp-001-broken"]
    mlflow.end_run()
    assert take_over_runs(folder) == ["exp-002-open"]
    assert [found.status for found in list_experiments(folder)] == ["failed", "finished"]


SCRIPT = """
from specweave.experiments.backends.mlflow import configure_mlflow
configure_mlflow(increment="0001")
import mlflow
mlflow.sklearn.autolog(log_models=False, log_datasets=False)
from sklearn.linear_model import Ridge
with mlflow.start_run(run_name="theirs"):
    Ridge(alpha=0.5).fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])
    mlflow.log_metric("plain", 0.25)
"""


def test_a_script_that_only_logs_to_mlflow_leaves_a_record_when_it_ends(folder, with_database):
    with_database(folder)
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=folder.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [found] = list_experiments(folder)
    assert found.name == "theirs"
    assert found.params["alpha"] == 0.5
    assert found.metrics["plain"] == 0.25
    assert 0 < found.metrics["training_r2_score"] < 1
    assert found.status == "finished"
