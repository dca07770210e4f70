"""Models without a form in ONNX are kept as they are, behind an allow-list, and what that costs is said."""

from __future__ import annotations

import json

import pytest

import served_originals as made
from specweave.data.seal import looks
from specweave.deployment.export import export
from specweave.errors import DeploymentError, ModelError


@pytest.fixture(autouse=True)
def _forgotten():
    made.forget()
    yield
    made.forget()


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_pipeline_without_a_form_in_onnx_is_kept_and_compared_on_every_row(tmp_path, task):
    folder, _ = made.increment(tmp_path, task)
    kept, X = made.record(folder, made.neighbours(task), threshold=0.3 if task == "binary" else None)
    found = export(folder, kept.id)
    assert (found.format, found.path.name) == ("skops", "model.skops")
    assert found.equality.equal
    assert found.equality.rows == 400 + found.equality.edge_rows
    assert found.equality.sealed_rows == 80
    assert found.equality.max_difference < 1e-12
    assert "KNeighbors" in found.note
    assert "no equal form in ONNX" in found.note
    assert json.loads((found.path.parent / "trusted-types.json").read_text("utf-8")) == sorted(found.types)
    assert looks(folder) == []
    (line,) = (folder.data / "accesses.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["rows"] == 400 - len(X)


def test_a_step_of_the_project_is_refused_until_a_person_names_it(tmp_path):
    folder, _ = made.increment(tmp_path)
    with pytest.raises(ModelError, match=r"own_ratios\.Ratios") as caught:
        made.record(folder, made.with_ratios(folder.root))
    assert "trusted_types" in caught.value.allowed


def test_a_step_of_the_project_is_served_with_its_source_once_it_is_named(tmp_path):
    folder, _ = made.increment(tmp_path)
    made.trust(folder, "own_ratios.Ratios")
    kept, _ = made.record(folder, made.with_ratios(folder.root))
    made.forget()
    found = export(folder, kept.id)
    assert found.equality.equal
    assert set(found.types) - {"numpy.dtype"} == {"own_ratios.Ratios"}
    assert found.sources.keys() == {"own_ratios.py", "own_constants.py"}
    made.trust(folder)
    with pytest.raises(ModelError, match=r"own_ratios\.Ratios"):
        export(folder, kept.id)


def test_a_classifier_without_probabilities_is_refused_with_the_way_out(tmp_path):
    from sklearn.linear_model import RidgeClassifier
    from sklearn.pipeline import make_pipeline

    folder, _ = made.increment(tmp_path)
    kept, _ = made.record(folder, make_pipeline(made.neighbours("binary")[0], RidgeClassifier()))
    with pytest.raises(DeploymentError, match="without probabilities") as caught:
        export(folder, kept.id)
    assert "CalibratedClassifierCV" in caught.value.next_step


def test_a_challenger_needs_a_form_in_onnx(tmp_path):
    folder, _ = made.increment(tmp_path)
    kept, _ = made.record(folder, made.neighbours("binary"))
    with pytest.raises(DeploymentError, match="KNeighborsClassifier"):
        export(folder, kept.id, name="challenger.onnx")
