from __future__ import annotations

import json
import zipfile

import pandas as pd
import pytest

import increment_factory as made
from specweave.auditing import verify_bundle, write_bundle
from specweave.auditing.materials import schema_error
from specweave.errors import DataReadError

SECRET = "sk-" + "ant-" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4"


@pytest.fixture
def folder(workspace):
    return made.worked(made.increment(workspace))


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path, change):
    files = contents(path)
    change(files)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def test_a_bundle_is_whole_and_holds_evidence_ledger_lineage_and_materials(folder):
    found = write_bundle(folder)
    assert verify_bundle(found.path).problems == ()
    assert verify_bundle(found.path).manifest_sha256 == found.manifest_sha256
    names = set(contents(found.path))
    assert names >= {
        "spec.md", "metadata.json", "data/looks.jsonl", "data/split.json", "project/looks-witness.jsonl", "checks.json", "lineage.json",
        "environment.json", "bom.cdx.json", "manifest.json", "reports/evaluation.json", "experiments/exp-002-lightgbm/metrics.json",
    }  # fmt: skip


def test_no_row_no_model_and_no_prediction_is_packed(folder):
    names = set(contents(write_bundle(folder).path))
    assert not [name for name in names if name.endswith((".parquet", ".skops", ".csv", ".png", ".html", ".bin"))]
    left = json.loads(contents(write_bundle(folder).path)["manifest.json"])["left_out"]
    assert {one["name"] for one in left} >= {"data/sealed/test.parquet", "data/training.parquet"}


def test_values_of_single_rows_are_taken_out_of_the_facts(folder):
    path = folder.reports / "evaluation.json"
    facts = json.loads(path.read_text("utf-8"))
    facts["diagnosis"] = {"errors": {"confident_mistakes": [{"row": 4, "columns": {"name": "Ada Lovelace"}}]}}
    path.write_text(json.dumps(facts), "utf-8")
    files = contents(write_bundle(folder).path)
    assert not [name for name, content in files.items() if b"Ada Lovelace" in content]
    listed = json.loads(files["manifest.json"])["files"]["reports/evaluation.json"]
    assert listed["redacted"] == "values of single rows"
    assert listed["source_sha256"] != listed["sha256"]


def test_a_secret_in_a_record_is_masked(folder):
    path = folder.experiments / "exp-002-lightgbm" / "params.json"
    path.write_text(json.dumps({"note": f"api_key={SECRET}"}), "utf-8")
    files = contents(write_bundle(folder).path)
    assert not [name for name, content in files.items() if SECRET.encode() in content]


def test_the_bill_of_materials_follows_its_schema_and_names_model_data_and_libraries(folder):
    found = contents(write_bundle(folder).path)["bom.cdx.json"].decode()
    assert schema_error(found) is None
    assert schema_error(found.replace('"specVersion": "1.6"', '"specVersion": 1.6'))
    bom = json.loads(found)
    card = bom["metadata"]["component"]["modelCard"]
    (metric,) = card["quantitativeAnalysis"]["performanceMetrics"]
    assert (metric["type"], metric["value"]) == ("roc_auc", "0.91")
    libraries = {one["name"]: one for one in bom["components"]}
    assert libraries["pandas"]["version"] == pd.__version__
    assert next(one for one in bom["components"] if one["type"] == "data")["data"][0]["type"] == "dataset"


def test_lineage_binds_every_step_by_hash(folder):
    found = json.loads(contents(write_bundle(folder).path)["lineage.json"])
    assert found["split"]["id"] == found["experiments"][1]["data"]["seal"]
    assert found["evaluation"]["experiment"] == "exp-002-lightgbm"
    assert found["explanation"] is None
    assert len(found["evaluation"]["sha256"]) == 64


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda files: files.update({"spec.md": files["spec.md"] + b"x"}), "spec.md was changed"),
        (lambda files: files.pop("checks.json"), "checks.json is missing"),
        (lambda files: files.update({"extra.md": b"x"}), "extra.md is not in the manifest"),
        (lambda files: files.update({"data/looks.jsonl": files["data/looks.jsonl"].replace(b"test", b"best")}), "entry 1 was changed"),
    ],
)  # fmt: skip
def test_whatever_is_done_to_a_bundle_is_named(folder, change, problem):
    path = write_bundle(folder).path
    rewritten(path, change)
    assert problem in " ".join(verify_bundle(path).problems)


def test_a_new_manifest_has_another_hash(folder):
    before = write_bundle(folder)
    made.record(folder, "late")
    assert write_bundle(folder).manifest_sha256 != before.manifest_sha256


def test_a_file_that_is_no_bundle_is_refused(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"no")
    with pytest.raises(DataReadError, match="not a whole audit bundle"):
        verify_bundle(tmp_path / "x.zip")


def test_an_increment_without_work_can_be_packed(workspace):
    found = write_bundle(made.increment(workspace))
    assert verify_bundle(found.path).problems == ()
