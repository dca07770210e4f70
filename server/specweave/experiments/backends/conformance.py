"""Tests every tracking backend has to pass; inherit the class, make the backend and say how its content is read.

class TestMyTracker(BackendConformance):
    def make(self, folder): return MyTracker()
    def stored(self, backend, facts): return Stored(params={...}, metrics={"loss": [(0, 1.0)]}, files={...}, status="finished")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specweave.experiments.backends.protocol import Batch, LoggedFile, MetricValue, Run, TrackingBackend
from specweave.workspace import IncrementFolder


@dataclass(frozen=True)
class Stored:
    """What a backend holds of one run: params as text, (step, value) of each metric in order of steps."""

    params: Mapping[str, str]
    metrics: Mapping[str, list[tuple[float, float | None]]]
    files: set[str] = field(default_factory=set)
    status: str = "finished"


class BackendConformance:
    """What a backend owes its callers. Uses the fixtures `tmp_path` (pytest) only."""

    def make(self, folder: IncrementFolder) -> TrackingBackend:
        """A backend for the increment."""
        raise NotImplementedError

    def stored(self, backend: TrackingBackend, facts: Mapping[str, Any]) -> Stored:
        """What it holds of the run whose `start` answered `facts`."""
        raise NotImplementedError

    def test_has_a_name(self, tmp_path: Path) -> None:
        assert self.make(increment(tmp_path)).name

    def test_keeps_params_metrics_with_steps_and_files(self, tmp_path: Path) -> None:
        folder = increment(tmp_path)
        backend = self.make(folder)
        run = a_run(folder)
        facts = backend.start(run) or {}
        backend.log(run, Batch(params={"rate": 0.1, "name": "größer"}, metrics=curve("loss", range(5))))
        backend.log(run, Batch(metrics=curve("loss", range(5, 8)), files=(a_file(run),)))
        backend.finish(run, "finished")
        found = self.stored(backend, facts)
        assert found.params["rate"] == "0.1"
        assert found.params["name"] == "größer"
        assert found.metrics["loss"] == [(step, 1 / (step + 1)) for step in range(8)]
        assert "figures/roc curve.txt" in found.files
        assert found.status == "finished"

    def test_a_failed_run_is_failed_there_too(self, tmp_path: Path) -> None:
        folder = increment(tmp_path)
        backend = self.make(folder)
        run = a_run(folder)
        facts = backend.start(run) or {}
        backend.finish(run, "failed")
        assert self.stored(backend, facts).status == "failed"

    def test_a_param_may_change_and_a_name_may_be_odd(self, tmp_path: Path) -> None:
        folder = increment(tmp_path)
        backend = self.make(folder)
        run = a_run(folder)
        facts = backend.start(run) or {}
        backend.log(run, Batch(params={"rate": 1, "a?/../b": [1, {"c": None}], "long": "x" * 9000}))
        backend.log(run, Batch(params={"rate": 2}, metrics=(MetricValue("f1 (macro)@k", None, None, 0.0),)))
        backend.finish(run, "finished")
        assert "rate" in self.stored(backend, facts).params

    def test_runs_at_once_do_not_mix(self, tmp_path: Path) -> None:
        folder = increment(tmp_path)
        backend = self.make(folder)
        runs = [a_run(folder, number) for number in (1, 2, 3)]
        facts = [backend.start(run) or {} for run in runs]
        for number, run in enumerate(runs):
            backend.log(run, Batch(params={"number": number}, metrics=curve("loss", range(number + 1))))
        for run in runs:
            backend.finish(run, "finished")
        for number, fact in enumerate(facts):
            found = self.stored(backend, fact)
            assert found.params["number"] == str(number)
            assert len(found.metrics["loss"]) == number + 1

    def test_an_interrupted_run_is_started_again(self, tmp_path: Path) -> None:
        folder = increment(tmp_path)
        backend = self.make(folder)
        run = a_run(folder)
        facts = dict(backend.start(run) or {})
        again = Run(
            run.id, run.name, run.kind, run.increment, run.folder, {**run.facts, "backends": {backend.name: facts}}
        )
        second = backend.start(again) or {}
        backend.log(again, Batch(params={"x": 1}))
        backend.finish(again, "finished")
        assert self.stored(backend, second).params["x"] == "1"

    def test_writes_no_secret_of_the_environment(self, tmp_path: Path, monkeypatch: Any) -> None:
        secret = "s3cret-" + "value-of-the-environment"
        monkeypatch.setenv("MY_API_KEY", secret)
        folder = increment(tmp_path)
        backend = self.make(folder)
        run = a_run(folder)
        backend.start(run)
        backend.log(run, Batch(params={"x": 1}))
        backend.finish(run, "finished")
        for path in tmp_path.rglob("*"):
            assert not path.is_file() or secret.encode() not in path.read_bytes(), path


def increment(root: Path) -> IncrementFolder:
    """An empty increment in a project whose path has a space and a letter outside ASCII."""
    path = root / "Prüf projekt" / ".specweave" / "increments" / "0001-churn"
    path.mkdir(parents=True)
    return IncrementFolder(path)


def a_run(folder: IncrementFolder, number: int = 1) -> Run:
    identifier = f"exp-{number:03d}-trial"
    record = folder.experiments / identifier
    record.mkdir(parents=True)
    facts = {
        "created": "2026-01-02T03:04:05.000Z",
        "entry": {"by": "script", "path": "train.py"},
        "git": {"commit": "abc"},
    }
    return Run(identifier, f"trial {number}", "script", folder.id, record, facts)


def curve(name: str, steps: range) -> tuple[MetricValue, ...]:
    return tuple(MetricValue(name, 1 / (step + 1), step, 1_750_000_000.0 + step) for step in steps)


def a_file(run: Run) -> LoggedFile:
    path = run.folder / "figures" / "roc curve.txt"
    path.parent.mkdir()
    path.write_text("points", "utf-8")
    return LoggedFile("figures/roc curve.txt", path)
