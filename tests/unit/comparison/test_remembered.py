from __future__ import annotations

import os
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from specweave.comparison import compare_experiments, comparing, remembered
from specweave.experiments import open_experiment
from specweave.metrics import METRICS
from specweave.witness_file import path_of
from trained_increments import add_experiment, sealed_increment


@pytest.fixture
def folder(workspace, monkeypatch):
    """Two records that count as many, and as long unchanged."""
    rng = np.random.default_rng(0)
    signal = rng.normal(size=240)
    frame = pd.DataFrame({"signal": signal, "noise": rng.normal(size=240), "churn": np.where(signal > 0, "yes", "no")})
    found, problem = sealed_increment(workspace, frame, "churn", "binary", positive="yes")
    add_experiment(found, problem, "noise", "baseline", columns=["noise"])
    add_experiment(found, problem, "linear", "candidate")
    monkeypatch.setattr(remembered, "WORTH_IT", 2)
    monkeypatch.setattr(remembered, "SETTLED_SECONDS", -1.0)
    return found


@pytest.fixture
def worked(monkeypatch):
    """How often a comparison was worked out."""
    calls = []
    work = comparing._compare

    def counted(*given):
        calls.append(given)
        return work(*given)

    monkeypatch.setattr(comparing, "_compare", counted)
    return calls


def compared(folder, **facts):
    return compare_experiments(folder, **{"metric": "roc_auc", "write": False, **facts})


def test_what_has_not_changed_is_compared_once_and_told_alike(folder, worked):
    first = compared(folder)
    assert compared(folder) == first
    assert compared(folder, experiments=["exp-002"]) == compared(folder, experiments=["exp-002"])
    assert compared(folder) == first
    assert len(worked) == 2


def _saved_again(path):
    """In place, in as many bytes, with a later time: the least a change leaves behind."""
    path.write_bytes(path.read_bytes())
    os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns + 1_000_000))


CHANGES = {
    "params saved again": lambda folder: _saved_again(open_experiment(folder, "exp-001").path / "params.json"),
    "predictions gone": lambda folder: (open_experiment(folder, "exp-001").path / "predictions.parquet").unlink(),
    "a record more": lambda folder: (folder.experiments / "exp-003-new").mkdir(),
    "another spec": lambda folder: folder.spec.write_text("changed", "utf-8"),
    "a line of the witness": lambda folder: path_of(folder).write_text("", "utf-8"),
    "another split": lambda folder: _saved_again(folder.data / "split.json"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_it_was_made_from_makes_it_anew(folder, worked, change):
    before = remembered.mark_of(folder, "roc_auc", None)
    CHANGES[change](folder)
    assert remembered.mark_of(folder, "roc_auc", None) != before


def test_a_changed_record_is_compared_anew(folder, worked):
    compared(folder)
    (open_experiment(folder, "exp-001").path / "predictions.parquet").unlink()
    assert compared(folder).row("exp-001-noise").not_comparable
    assert len(worked) == 2


def test_another_metric_is_another_question(folder, worked):
    assert compared(folder).metric != compared(folder, metric="f1").metric
    assert len(worked) == 2


def test_a_metric_that_means_something_else_is_worked_out_anew(folder, worked, monkeypatch):
    compared(folder)
    monkeypatch.setitem(METRICS, "roc_auc", replace(METRICS["roc_auc"], prepare=METRICS["average_precision"].prepare))
    compared(folder)
    assert len(worked) == 2


def test_nothing_is_kept_of_few_records_or_of_what_was_changed_just_now(folder, worked, monkeypatch):
    monkeypatch.setattr(remembered, "SETTLED_SECONDS", 3600.0)
    assert remembered.mark_of(folder, "roc_auc", None) is None
    compared(folder)
    compared(folder)
    assert len(worked) == 2
    monkeypatch.setattr(remembered, "SETTLED_SECONDS", -1.0)
    monkeypatch.setattr(remembered, "WORTH_IT", 3)
    assert remembered.mark_of(folder, "roc_auc", None) is None


def test_a_damaged_memory_is_passed_over(folder, worked, monkeypatch):
    first = compared(folder)
    monkeypatch.setattr(
        remembered.Kept,
        "blobs",
        lambda kept, name: {"all": (f"{remembered.mark_of(folder, 'roc_auc', None)} x", b"{}")},
    )
    assert compared(folder) == first
    assert len(worked) == 2
