from __future__ import annotations

import json
import shutil

import pytest

from specweave import track_experiment
from specweave.experiments import list_experiments, open_experiment, witnessed
from specweave.experiments.yaml_form import dump
from specweave.increments import create_increment
from specweave.problem import Problem
from specweave.witness_file import path_of
from specweave.workspace import Workspace


@pytest.fixture
def folder(tmp_path, monkeypatch):
    workspace = Workspace.find_or_create(tmp_path)
    monkeypatch.chdir(tmp_path)
    made = create_increment(workspace, "predict churn", problem=Problem(target="churn"))
    with track_experiment("honest", increment=made.id, kind="candidate") as experiment:
        experiment.log_params({"C": 1.0})
        experiment.log_metric("roc_auc", 0.8)
    return made


def defects(folder):
    return witnessed.defects(folder, list_experiments(folder))


def test_a_record_as_it_finished_has_no_defect(folder):
    assert defects(folder) == {}
    assert witnessed.deleted(folder, list_experiments(folder)) == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("metrics.json", {"roc_auc": 0.99}, "metrics.json"), ("params.json", {"C": 9.0}, "params.json")],
)
def test_an_edited_file_is_named(folder, name, content, said):
    (folder.experiments / "exp-001-honest" / name).write_text(json.dumps(content), "utf-8")
    assert defects(folder) == {"exp-001-honest": f"was changed after it finished ({said})"}


def test_another_layout_of_the_same_values_is_no_change(folder):
    path = folder.experiments / "exp-001-honest/metrics.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")), indent=7) + "\r\n", "utf-8")
    assert defects(folder) == {}


def test_another_label_is_named(folder):
    path = folder.experiments / "exp-001-honest/metadata.yaml"
    path.write_text(path.read_text("utf-8").replace('kind: "candidate"', 'kind: "baseline"'), "utf-8")
    assert defects(folder) == {"exp-001-honest": "was changed after it finished (kind and name)"}


def test_predictions_taken_away_or_put_in_are_named(folder):
    with track_experiment("second", increment=folder.id, kind="candidate") as experiment:
        experiment.log_metric("roc_auc", 0.7)
        (experiment.path / "predictions.parquet").write_bytes(b"rows")
    path = folder.experiments / "exp-002-second/predictions.parquet"
    path.write_bytes(b"better rows")
    assert "predictions.parquet" in defects(folder)["exp-002-second"]
    path.unlink()
    assert "predictions.parquet" in defects(folder)["exp-002-second"]


def test_a_record_made_by_hand_is_named(folder):
    made = folder.experiments / "exp-002-magic"
    made.mkdir()
    (made / "metrics.json").write_text('{"roc_auc": 0.999}', "utf-8")
    (made / "metadata.yaml").write_text(dump({"name": "magic", "kind": "candidate", "status": "finished"}), "utf-8")
    assert "nobody saw it finish" in defects(folder)["exp-002-magic"]


def test_a_deleted_record_is_remembered_until_another_of_its_name_stands_there(folder):
    shutil.rmtree(folder.experiments / "exp-001-honest")
    (gone,) = witnessed.deleted(folder, list_experiments(folder))
    assert (gone["record"], gone["name"]) == ("exp-001-honest", "honest")
    with track_experiment("honest", increment=folder.id, kind="candidate") as experiment:
        experiment.log_metric("roc_auc", 0.8)
    assert witnessed.deleted(folder, list_experiments(folder)) == []


def test_what_a_resumed_record_holds_in_the_end_counts(folder):
    record = open_experiment(folder, 1).resume()
    record.log_metric("roc_auc", 0.85)
    record.finish()
    assert defects(folder) == {}


def test_an_increment_the_witness_never_heard_of_is_left_alone(folder):
    path_of(folder).unlink()
    assert defects(folder) == {}
