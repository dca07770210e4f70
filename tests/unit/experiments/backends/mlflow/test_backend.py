from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from specweave.experiments import list_experiments, open_experiment, replication, track_experiment
from specweave.experiments.backends.conformance import BackendConformance, Stored
from specweave.experiments.backends.mlflow import MlflowBackend, configure_mlflow, take_over_runs

# MLflow's own code warns in many places (pydantic, sqlalchemy, google.protobuf); none is ours to repair.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(300)]


class TestMlflow(BackendConformance):
    @pytest.fixture(autouse=True)
    def database(self, with_database):
        self.lay = with_database

    def make(self, folder):
        return MlflowBackend.for_increment(self.lay(folder))

    def stored(self, backend, facts):
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=backend.store.uri)
        run = client.get_run(facts["run_id"])
        metrics = {name: points(client, run.info.run_id, name) for name in run.data.metrics}
        status = run.info.status.lower()
        return Stored(run.data.params, metrics, set(files(client, run.info.run_id)), status)


def points(client, run_id, name):
    found = client.get_metric_history(run_id, name)
    return [(p.step, None if math.isnan(p.value) else p.value) for p in sorted(found, key=lambda p: p.step)]


def files(client, run_id, folder=None):
    for item in client.list_artifacts(run_id, folder):
        if item.is_dir:
            yield from files(client, run_id, item.path)
        else:
            yield item.path


@pytest.fixture
def configured(folder, with_database):
    return configure_mlflow(increment=with_database(folder))


@pytest.fixture
def model():
    from sklearn.linear_model import LogisticRegression

    frame = pd.DataFrame({"age": np.arange(40.0), "visits": np.arange(40) % 3})
    return LogisticRegression().fit(frame, frame["age"] > 20), frame


def test_a_client_that_knows_nothing_of_us_reads_our_runs(folder, configured, model, tmp_path):
    import mlflow

    fitted, frame = model
    (tmp_path / "notes.txt").write_text("kept", "utf-8")
    with track_experiment("logistic", folder, params={"C": 1.0}) as experiment:
        for step in range(3):
            experiment.log_metric("loss", 1 / (step + 1), step=step)
        experiment.set_tags(team="risk")
        experiment.log_artifact(tmp_path / "notes.txt")
        experiment.save_model(fitted, "model.pkl", task="binary", classes=[0, 1], example=frame.head())
    client = mlflow.MlflowClient(tracking_uri=configured)
    number = client.get_experiment_by_name(folder.id).experiment_id
    table = mlflow.search_runs([number])
    row = table.iloc[0]
    assert len(table) == 1
    assert row["status"] == "FINISHED"
    assert (row["params.C"], row["tags.team"], row["tags.mlflow.runName"]) == ("1.0", "risk", "logistic")
    assert row["metrics.loss"] == pytest.approx(1 / 3)
    assert points(client, row["run_id"], "loss") == [(0, 1.0), (1, 0.5), (2, 1 / 3)]
    assert "artifacts/notes.txt" in set(files(client, row["run_id"]))
    loaded = mlflow.pyfunc.load_model(f"runs:/{row['run_id']}/model")
    columns = loaded.metadata.signature.inputs
    assert {column.name: column.type.name for column in columns} == {"age": "double", "visits": "long"}
    assert list(loaded.predict(frame)) == list(fitted.predict(frame))
    assert open_experiment(folder, 1).metadata["backends"]["mlflow"]["run_id"] == row["run_id"]


STRANGER = """
import json, sys
import mlflow
address, name = sys.argv[1:]
mlflow.set_tracking_uri(address)
client = mlflow.MlflowClient()
(row,) = mlflow.search_runs(experiment_names=[name]).to_dict("records")
run = client.get_run(row["run_id"])
info = mlflow.models.get_model_info(f"runs:/{row['run_id']}/model")
print(json.dumps({
    "ours": sorted(module for module in sys.modules if module.startswith("specweave")),
    "params": run.data.params,
    "loss": [point.value for point in client.get_metric_history(row["run_id"], "loss")],
    "signature": [column["name"] + " " + column["type"] for column in info.signature.inputs.to_dict()],
    "files": [item.path for item in client.list_artifacts(row["run_id"], "artifacts")],
}))
"""


def test_another_process_with_none_of_our_code_reads_params_steps_files_and_signature(
    folder, configured, model, tmp_path
):
    fitted, frame = model
    (tmp_path / "notes.txt").write_text("kept", "utf-8")
    with track_experiment("logistic", folder, params={"C": 1.0}) as experiment:
        for step in range(3):
            experiment.log_metric("loss", 1.0 - step / 4, step=step)
        experiment.log_artifact(tmp_path / "notes.txt")
        experiment.save_model(fitted, "model.pkl", task="binary", classes=[0, 1], example=frame.head())
    command = [sys.executable, "-c", STRANGER, configured, folder.id]
    done = subprocess.run(command, cwd=folder.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["ours"] == []
    assert found["params"] == {"C": "1.0"}
    assert found["loss"] == [1.0, 0.75, 0.5]
    assert found["signature"] == ["age double", "visits long"]
    assert found["files"] == ["artifacts/notes.txt"]


def test_what_autolog_finds_out_about_a_fit_inside_lands_in_the_record(folder, configured):
    import mlflow
    from sklearn.tree import DecisionTreeClassifier

    frame = pd.DataFrame({"age": np.arange(40.0), "visits": np.arange(40) % 3})
    mlflow.sklearn.autolog(log_models=False, log_datasets=False, silent=True)
    try:
        with track_experiment("tree", folder, params={"ours": 1}):
            DecisionTreeClassifier(max_depth=2).fit(frame, frame["age"] > 20)
    finally:
        mlflow.sklearn.autolog(disable=True, silent=True)
    (found,) = list_experiments(folder)
    assert (found.params["ours"], found.params["max_depth"], found.params["criterion"]) == (1, 2, "gini")
    assert found.metrics["training_accuracy_score"] == 1.0
    assert len(mlflow.search_runs(experiment_names=[folder.id])) == 1


def test_plain_calls_inside_land_in_the_same_run_and_record(folder, configured):
    import mlflow

    with track_experiment("a", folder, params={"C": 1}) as experiment:
        experiment.log_metric("ours", 1.0, step=4)
        mlflow.log_param("depth", 3)
        mlflow.log_param("kind", "tree")
        for step in range(3):
            mlflow.log_metric("theirs", step / 2, step=step)
        mlflow.log_text("hello", "deep/er/text.txt")
    assert mlflow.active_run() is None
    record = open_experiment(folder, 1)
    summary = record.summary()
    assert summary.params == {"C": 1, "depth": 3, "kind": "tree"}
    assert summary.metrics == {"ours": 1.0, "theirs": 1.0}
    assert (record.path / "artifacts" / "deep" / "er" / "text.txt").read_text("utf-8") == "hello"
    assert len(mlflow.search_runs(experiment_names=[folder.id])) == 1


def test_a_run_not_ready_in_time_leaves_no_run_open_and_plain_calls_are_not_lost(folder, configured, monkeypatch):
    import mlflow

    monkeypatch.setattr(replication, "_START_SECONDS", 0.0)
    start = MlflowBackend.start
    monkeypatch.setattr(MlflowBackend, "start", lambda self, run: (time.sleep(1), start(self, run))[1])
    with track_experiment("slow", folder) as experiment:
        experiment.log_metric("ours", 1.0)
        mlflow.log_metric("theirs", 0.5)
    with mlflow.start_run(run_name="next"):
        mlflow.log_metric("after", 2.0)
    assert mlflow.active_run() is None
    take_over_runs(folder)
    found = sorted((dict(record.metrics) for record in list_experiments(folder)), key=str)
    assert found == [{"after": 2.0}, {"ours": 1.0}, {"theirs": 0.5}]


def test_a_failed_block_is_a_failed_run(folder, configured):
    import mlflow

    with pytest.raises(ZeroDivisionError), track_experiment("a", folder):
        1 / 0  # noqa: B018
    assert list(mlflow.search_runs(experiment_names=[folder.id])["status"]) == ["FAILED"]


def test_the_address_in_the_record_has_no_password(folder):
    backend = MlflowBackend.for_increment(folder, "https://me:hunter2@tracker.example.org")
    assert backend.store.uri.endswith("hunter2@tracker.example.org")
    assert "hunter2" not in backend.store.shown


def test_database_is_inside_the_increment_and_nothing_beside_the_script(folder, configured):
    assert (folder.experiments / "mlflow" / "mlflow.db").is_file()
    assert [path.name for path in Path.cwd().iterdir()] == []
