from __future__ import annotations

import json

import pytest

import increment_factory as made
from specweave.checks.conformance import CheckConformance
from specweave.checks.experiments_recorded import ExperimentsRecorded


class TestExperimentsRecorded(CheckConformance):
    def check(self):
        return ExperimentsRecorded()

    def broken(self, root):
        folder = made.place(root)
        (made.record(folder) / "model.skops").write_bytes(b"another model")
        return folder

    def sound(self, root):
        folder = made.place(root)
        made.record(folder)
        made.record(folder, "crashed", metrics={}, status="failed")
        return folder

    def unknowable(self, root):
        return made.place(root)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: (path / "params.json").unlink(), "params.json is missing"),
        (lambda path: (path / "metrics.json").unlink(), "metrics.json is missing"),
        (lambda path: (path / "metrics.json").write_text("{}"), "metrics.json holds no metric"),
        (lambda path: (path / "metrics.json").write_text("{"), "metrics.json is damaged"),
        (lambda path: (path / "metadata.yaml").unlink(), "metadata.yaml is missing"),
        (lambda path: (path / "model.skops").unlink(), "model file model.skops is missing"),
        (lambda path: (path / "model.skops").write_bytes(b"x"), "another sha256"),
    ],
)
def test_each_missing_part_is_named_with_its_record(tmp_path, spoil, said):
    folder = made.place(tmp_path)
    spoil(made.record(folder))
    verdict = ExperimentsRecorded().run(folder)
    assert verdict.outcome == "failed"
    assert said in verdict.sentence
    assert verdict.evidence == ("experiments/exp-001-lightgbm",)


def test_a_candidate_without_a_model_is_a_defect_and_a_script_without_one_is_not(tmp_path):
    folder = made.place(tmp_path)
    made.record(folder, "notes", "script", model=None)
    assert ExperimentsRecorded().run(folder).outcome == "passed"
    made.record(folder, model=None)
    assert "names no model file" in ExperimentsRecorded().run(folder).sentence


def test_a_model_outside_its_record_does_not_count(tmp_path):
    folder = made.place(tmp_path)
    made.record(folder, model={"file": "../../spec.md", "sha256": "x"})
    assert "is missing" in ExperimentsRecorded().run(folder).sentence


def test_an_interrupted_run_is_a_warning_with_the_way_to_resume(tmp_path, monkeypatch):
    folder = made.place(tmp_path)
    made.record(folder, status="running", process={"pid": 1})
    monkeypatch.setattr("specweave.experiments.processes.is_alive", lambda process: False)
    verdict = ExperimentsRecorded().run(folder)
    assert verdict.outcome == "warned"
    assert json.loads(verdict.remedy.model_dump_json())["arguments"] == {"action": "resume"}
