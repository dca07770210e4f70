from __future__ import annotations

import pytest

from specweave.errors import ExperimentError
from specweave.experiments import open_experiment
from specweave.experiments.backends.conformance import BackendConformance, Stored, a_run, increment
from specweave.experiments.backends.local import LocalBackend
from specweave.experiments.backends.protocol import Batch
from specweave.experiments.metric_history import read_history


class TestLocal(BackendConformance):
    def make(self, folder):
        return LocalBackend(folder)

    def stored(self, backend, facts):
        found = open_experiment(backend.folder, facts["id"]).summary()
        metrics: dict = {}
        for line in read_history(found.path):
            metrics.setdefault(line["name"], []).append((line["step"], line["value"]))
        copies = found.path / "artifacts"
        files = {path.relative_to(copies).as_posix() for path in copies.rglob("*") if path.is_file()}
        return Stored({name: str(value) for name, value in found.params.items()}, metrics, files, found.status)


def test_facts_of_the_run_replace_those_of_this_process(tmp_path):
    folder = increment(tmp_path)
    backend = LocalBackend(folder)
    run = a_run(folder)
    made = backend.start(run)["id"]
    backend.finish(run, "finished")
    metadata = open_experiment(folder, made).metadata
    assert metadata["created"] == "2026-01-02T03:04:05.000Z"
    assert metadata["git"] == {"commit": "abc"}
    assert metadata.get("command") is None


def test_a_run_that_was_not_started_is_refused(tmp_path):
    folder = increment(tmp_path)
    with pytest.raises(ExperimentError, match="not started"):
        LocalBackend(folder).log(a_run(folder), Batch(params={"a": 1}))
