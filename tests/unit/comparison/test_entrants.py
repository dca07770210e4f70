"""What was kept of records is told again while their files stay, and whatever changes is seen."""

from __future__ import annotations

import os
import time
from dataclasses import replace

import pytest

from specweave.comparison import compare_experiments, records
from specweave.comparison.kept import FILE
from specweave.experiments import list_experiments, open_experiment
from specweave.metrics import METRICS, evaluator
from specweave.witness_file import path_of
from specweave.workspace import read_json, write_json
from trained_increments import add_experiment


@pytest.fixture
def folder(sealed, monkeypatch):
    """Three records that were compared once, long enough after they were written."""
    found, problem = sealed
    add_experiment(found, problem, "guess", "candidate", columns=["noise"])
    for one in list_experiments(found):
        open_experiment(found, one.id).update_metadata(evaluator=evaluator(["roc_auc", "f1"]))
    monkeypatch.setattr("specweave.experiments.index.SETTLED_SECONDS", -1.0)
    compared(found)
    return found


@pytest.fixture
def read(monkeypatch):
    """The ids of the records that were read."""
    found = []
    real = records.read_record
    monkeypatch.setattr(records, "read_record", lambda path: found.append(path.name) or real(path))
    return found


def compared(folder, **facts):
    return compare_experiments(folder, **{"metric": "roc_auc", "write": False, **facts})


def record(folder, number=1):
    return open_experiment(folder, number).path


def _saved_again(path):
    """In place, in as many bytes, with a later time: the least a change leaves behind."""
    path.write_bytes(path.read_bytes())
    os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns + 1_000_000))


def _with(path, **facts):
    write_json(path, {**read_json(path), **facts})


CHANGES = {
    "a file saved again": lambda folder: _saved_again(record(folder) / "params.json"),
    "a param": lambda folder: _with(record(folder) / "params.json", depth=9),
    "a metric": lambda folder: _with(record(folder) / "metrics.json", roc_auc=0.99),
    "the seal": lambda folder: open_experiment(folder, 2).update_metadata(data={"seal": "0" * 64}),
    "the status": lambda folder: open_experiment(folder, 3).update_metadata(status="failed"),
    "predictions": lambda folder: (record(folder) / "predictions.parquet").unlink(),
    "a record more": lambda folder: (folder.experiments / "exp-009-new").mkdir(),
    "a record less": lambda folder: record(folder, 3).rename(folder.path / "elsewhere"),
    "the witness": lambda folder: path_of(folder).write_text("", "utf-8"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_with_what_was_kept_or_without_it_is_the_same(folder, change):
    CHANGES[change](folder)
    found = compared(folder)
    (folder.experiments / FILE).unlink()
    assert compared(folder) == found


def test_no_record_is_read_while_nothing_has_changed_and_one_when_it_has(folder, read):
    first = compared(folder)
    assert read == []
    _with(record(folder, 2) / "params.json", depth=9)
    second = compared(folder)
    assert read == ["exp-002-linear"]
    assert second != first
    assert second.row("exp-002-linear").params["depth"] == 9


def test_some_are_compared_without_reading_the_others(folder, read):
    (folder.experiments / FILE).unlink()
    found = compared(folder, experiments=[2])
    assert {one.experiment for one in found.experiments} == {"exp-001-noise", "exp-002-linear"}
    read.clear()
    assert compared(folder, experiments=[2]) == found
    assert read == ["exp-003-guess"]  # whether it is a baseline was not kept


def test_of_what_was_changed_just_now_nothing_is_kept(folder, read, monkeypatch):
    monkeypatch.setattr("specweave.experiments.index.SETTLED_SECONDS", 3600.0)
    _with(record(folder, 2) / "params.json", depth=9)
    assert compared(folder) == compared(folder)
    assert read == ["exp-002-linear"] * 2


def test_a_metric_that_means_something_else_is_worked_out_anew(folder, monkeypatch):
    before = compared(folder)
    monkeypatch.setitem(METRICS, "roc_auc", replace(METRICS["roc_auc"], prepare=METRICS["average_precision"].prepare))
    assert "another definition of the metric" in compared(folder).row("exp-001-noise").not_comparable
    for number in (1, 2, 3):
        open_experiment(folder, number).update_metadata(evaluator=None)
    after = compared(folder)
    assert len(after.comparable) == 3
    assert {one.value for one in after.comparable}.isdisjoint(one.value for one in before.comparable)


def test_few_records_are_read_one_by_one_and_many_through_the_index(folder, read, monkeypatch):
    monkeypatch.setattr(records, "FEW", 1)
    found = records.Records(folder)
    expected = list_experiments(folder)
    assert [found[one.id] for one in expected] == expected
    assert read == ["exp-001-noise"]
