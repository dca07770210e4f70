from __future__ import annotations

import numpy as np
import pytest

import exported_models as made
import trained_increments as rig
from specweave.deployment.export import export, exporting
from specweave.deployment.export.exporting import onnx_bytes, run
from specweave.problems.tabular.blend import Blend
from specweave.problems.tabular.families.base import families
from specweave.spec_file import write_problem
from specweave.workspace import Workspace, write_text

TASKS = ("binary", "multiclass", "regression")


def compared(record, X):
    signature = made.signature_of(record, X)
    return exporting.equality(onnx_bytes(record.model, signature), signature, record, X)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("family", sorted(families()))
def test_every_family_answers_as_the_original_on_training_and_edge_rows(task, family):
    if family in ("lightgbm", "xgboost"):
        pytest.importorskip(family)
    record, X = made.recorded(task, family, threshold=0.3 if task == "binary" else None)
    found = compared(record, X)
    assert found.equal
    assert found.rows == len(X) + found.edge_rows
    assert found.edge_rows > len(X.columns)
    # XGBoost sums in single precision.
    assert found.max_difference < (1e-5 if family == "xgboost" else 1e-12)


@pytest.mark.parametrize("task", TASKS)
def test_a_blend_answers_as_the_original(task):
    members = [made.recorded(task, family)[0].model for family in ("hist_boosting", "linear")]
    record, X = made.recorded(task, "blend", model=Blend(members))
    assert compared(record, X).equal


@pytest.mark.parametrize("threshold", [0.1, 0.9])
def test_the_threshold_is_part_of_the_exported_model(threshold):
    record, X = made.recorded("binary", "linear", threshold=threshold)
    signature = made.signature_of(record, X)
    scores, labels = run(onnx_bytes(record.model, signature), signature, X)
    assert (labels == (scores[:, 1] >= threshold)).all()
    assert 0 < labels.mean() < 1
    assert (labels != (scores[:, 1] >= 0.5)).any()


def test_a_model_that_answers_differently_is_seen():
    record, X = made.recorded("binary", "linear")
    signature = made.signature_of(record, X)
    content = onnx_bytes(record.model, signature)
    record.model[-1].intercept_ = record.model[-1].intercept_ + 0.5
    found = exporting.equality(content, signature, record, X)
    assert not found.equal
    assert found.beyond > len(X) / 2
    assert found.max_difference > 0.01
    assert found.labels_differ > 0


@pytest.fixture
def folder(tmp_path):
    X, y = made.table("binary")
    place = Workspace.find_or_create(tmp_path)
    made_folder, problem = rig.sealed_increment(place, X.assign(y=y), "y", "binary", positive="yes")
    write_text(made_folder.spec, "---\nid: 0001\n---\n# Spec\n")
    write_problem(made_folder, problem)
    return made_folder, problem


def record_of(folder, problem, model):
    from specweave.data.seal import training_rows
    from specweave.experiments import create_experiment

    rows = training_rows(folder)
    X, y = rows.drop(columns="y"), rows["y"].to_numpy().astype(str)
    record = create_experiment(folder, "made", kind="candidate", params={})
    facts = {"task": "binary", "classes": ["no", "yes"], "positive": "yes", "threshold": 0.4}
    record.save_model(model.fit(X, y), "model.skops", **facts, features=list(X.columns))
    record.finish()
    return record


def test_a_recorded_model_is_exported_beside_its_service(folder):
    from specweave.data.seal import looks
    from specweave.problems.tabular.families.base import Table

    folder, problem = folder
    model = families()["linear"].attempts(Table("binary", 320, 2, 0.4, made.COLUMNS, 0))[0].build()
    record = record_of(folder, problem, model)
    found = export(folder, record.id)
    assert found.path == folder.path / "deployment" / "api" / "model.onnx"
    assert found.equality.equal
    assert found.equality.rows == 400 + found.equality.edge_rows
    assert found.equality.sealed_rows == 80
    assert found.signature.threshold == 0.4
    assert found.signature.source_model_sha256 == found.model.sha256
    assert looks(folder) == []


def test_dates_outside_of_training_and_infinite_numbers_are_read_as_the_original_reads_them():
    record, X = made.recorded("regression", "hist_boosting")
    strange = X.head(4).copy()
    strange["wann"] = np.array(
        ["1700-02-28", "2000-02-29", "2100-03-01", "1969-12-31T23:59:59"], dtype="datetime64[us]"
    )
    strange["a"] = [np.inf, -np.inf, 1e300, -0.0]
    signature = made.signature_of(record, X)
    values, _ = run(onnx_bytes(record.model, signature), signature, strange)
    assert values[:, 0] == pytest.approx(record.model.predict(strange), rel=1e-12)
