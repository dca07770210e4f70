"""The service of a trained model that has no form in ONNX: true answers, rows answered together, nothing loaded that is not on its list."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import served_originals as made
from specweave.deployment.api import generate_api
from specweave.deployment.container import Container, write_container
from specweave.deployment.contract import Caller, tried
from specweave.deployment.export import export
from specweave.deployment.load.rows import json_rows
from specweave.deployment.monitoring.reference import reference_of, write_reference
from specweave.deployment.service_process import running_service
from specweave.errors import DeploymentError


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """A project whose model holds a step of its own module; what was exported, and rows."""
    made.forget()
    folder, _ = made.increment(tmp_path_factory.mktemp("project"))
    made.trust(folder, "own_ratios.Ratios")
    kept, X = made.record(folder, made.with_ratios(folder.root), threshold=0.3)
    exported = export(folder, kept.id)
    target = folder.path / "deployment"
    generate_api(exported, target)
    write_reference(target / "api" / "reference.json", reference_of(folder, exported.record, exported.model))
    write_container(target, Container(name="made", version="1", description="made"))
    yield target, exported, X
    made.forget()


@pytest.fixture(scope="module")
def service(deployed):
    with running_service(deployed[0], Path(sys.executable)) as found:
        yield found, Caller(found.address)


@pytest.mark.timeout(300)  # the types of pandas take long to read
def test_the_sources_are_formatted_typed_and_hold_the_modules_of_the_project(deployed):
    api = deployed[0] / "api"
    for command in (
        ["ruff", "check", "--isolated", "."],
        ["ruff", "format", "--isolated", "--line-length=120", "--check", "."],
        ["mypy", "--strict", "--cache-dir", str(api.parent / "types"), "main.py"],
    ):
        done = subprocess.run([sys.executable, "-m", *command], cwd=api, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    names = {path.name for path in api.glob("*.py")}
    assert {"original.py", "gathering.py", "own_ratios.py", "own_constants.py"} <= names
    assert not [name for name in names if "specweave" in (api / name).read_text("utf-8")]
    pins = {line.partition("==")[0] for line in (deployed[0] / "requirements.txt").read_text("utf-8").splitlines()}
    assert {"scikit-learn", "skops", "pandas"} <= pins
    assert "onnxruntime" not in pins


def test_it_keeps_every_promise_and_answers_as_the_model(deployed, service):
    _, exported, X = deployed
    rows = json_rows(X)
    assert isinstance(rows[0]["yes or no"], bool)
    promises = tried(service[1], rows, exported.model.sha256)
    assert [promise for promise in promises if not promise.kept] == []
    status, said = service[1].post("/predict/batch", {"rows": rows})
    assert status == 200
    expected = exported.model.model.predict_proba(X)
    found = np.array([[row["probabilities"][name] for name in ("no", "yes")] for row in said["predictions"]])
    assert found == pytest.approx(expected, abs=1e-12)
    labels = [row["prediction"] for row in said["predictions"]]
    assert labels == np.where(expected[:, 1] >= 0.3, "yes", "no").tolist()


def test_rows_of_many_clients_get_each_its_own_answer(deployed, service):
    _, exported, X = deployed
    rows, expected = json_rows(X), exported.model.model.predict_proba(X)[:, 1]
    with ThreadPoolExecutor(16) as many:
        answers = list(many.map(lambda row: service[1].post("/predict", row), rows))
    assert {status for status, _ in answers} == {200}
    assert [said["probabilities"]["yes"] for _, said in answers] == pytest.approx(expected.tolist(), abs=1e-12)


def test_a_wrong_value_and_a_number_for_a_truth_are_refused_by_name(deployed, service):
    row = json_rows(deployed[2].head(1))[0]
    for column, value in (("a", "seven"), ("yes or no", 1)):
        status, said = service[1].post("/predict", {**row, column: value})
        assert (status, said["error"]["column"], said["error"]["value"]) == (422, column, value)


def test_a_changed_model_file_and_a_type_that_is_not_on_the_list_stop_the_start(deployed, tmp_path):
    import shutil

    for change in (_with_other_bytes, _with_shorter_list):
        target = tmp_path / change.__name__
        shutil.copytree(deployed[0], target)
        change(target / "api")
        with pytest.raises(DeploymentError), running_service(target, Path(sys.executable)):
            pass


def _with_other_bytes(api):
    with zipfile.ZipFile(api / "model.skops", "a") as archive:
        archive.writestr("more", "bytes")


def _with_shorter_list(api):
    path = api / "trusted-types.json"
    path.write_text(json.dumps([name for name in json.loads(path.read_text()) if "Ratios" not in name]), "utf-8")


def test_a_later_deployment_in_onnx_takes_the_originals_files_away(tmp_path):
    import exported_models

    exported_models.generated(tmp_path)
    (tmp_path / "api" / "original.py").write_text("left", "utf-8")
    (tmp_path / "api" / "model.skops").write_text("left", "utf-8")
    from specweave.deployment.api.generating import _of_original

    exported, _ = exported_models.generated(tmp_path / "again")
    _of_original(tmp_path / "api", exported)
    assert not (tmp_path / "api" / "original.py").exists()
    assert not (tmp_path / "api" / "model.skops").exists()
