from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

import increment_factory
from specweave.comparison import compare_experiments
from specweave.comparison.integrity import doubts, why_not_alike
from specweave.experiments import list_experiments, open_experiment
from specweave.metrics import METRICS, evaluator
from specweave.witness_file import path_of
from specweave.workspace import read_json, write_json


def ranked(workspace, names, made_up):
    """Records of an increment, best first; those in `made_up` no tool has written down."""
    folder = increment_factory.increment(workspace)
    for name in names:
        increment_factory.record(folder, name, "baseline" if name.startswith("base") else "candidate")
    witness = path_of(folder)
    lines = witness.read_text("utf-8").splitlines(keepends=True)
    witness.write_text(
        "".join(line for line in lines if not any(f'"name": "{name}"' in line for name in made_up)), "utf-8"
    )
    return folder, list_experiments(folder)


def test_records_nobody_saw_finish_are_doubted_until_enough_are_left_that_can_be_believed(workspace, monkeypatch):
    monkeypatch.setattr("specweave.comparison.integrity.MOST_SHOWN", 2)
    folder, records = ranked(workspace, ["a", "b", "c", "d", "e", "base", "f"], made_up=["a", "b", "d", "base", "f"])
    found = doubts(folder, records, set())
    assert [one.name for one in records if one.id in found] == ["a", "b", "d", "base"]
    assert all("nobody saw it finish" in said for said in found.values())


def test_those_asked_for_are_looked_at_wherever_they_stand(workspace, monkeypatch):
    monkeypatch.setattr("specweave.comparison.integrity.MOST_SHOWN", 1)
    folder, records = ranked(workspace, ["a", "b", "c"], made_up=["b", "c"])
    assert doubts(folder, records, set()) == {}
    assert set(doubts(folder, records, {records[2].id})) == {records[2].id}


def record(kind="candidate", recorded=0.8, **metadata):
    return SimpleNamespace(kind=kind, metrics={"roc_auc": recorded}, metadata=metadata)


def test_a_record_that_says_what_its_predictions_give_may_be_compared():
    assert why_not_alike(record(evaluator=evaluator(["roc_auc"])), "roc_auc", 0.8) is None


def test_another_value_is_named_with_both():
    said = why_not_alike(record(recorded=0.97, evaluator=evaluator(["roc_auc"])), "roc_auc", 0.8)
    assert "says roc_auc 0.97 and its predictions give 0.8" in said


@pytest.mark.parametrize(("known", "recorded", "now"), [(False, 0.97, 0.8), (True, None, 0.8), (True, 0.8, None)])
def test_what_cannot_be_held_against_a_record_is_not(known, recorded, now):
    facts = {"evaluator": evaluator(["roc_auc"])} if known else {}
    assert why_not_alike(record(recorded=recorded, **facts), "roc_auc", now) is None


def test_a_metric_that_changed_between_two_runs_is_named(monkeypatch):
    before = record(evaluator=evaluator(["roc_auc"]))
    monkeypatch.setitem(METRICS, "roc_auc", replace(METRICS["roc_auc"], prepare=METRICS["average_precision"].prepare))
    assert "another definition of the metric" in why_not_alike(before, "roc_auc", 0.8)
    assert why_not_alike(before, "f1", 0.8) is None


def test_an_edited_record_is_left_out_of_the_comparison_with_the_reason(two_records):
    open_experiment(two_records, "exp-001").update_metadata(evaluator=evaluator(["roc_auc"]))
    path = open_experiment(two_records, "exp-001").path / "metrics.json"
    write_json(path, {**read_json(path), "roc_auc": 0.999})
    found = compare_experiments(two_records, metric="roc_auc", write=False)
    assert found.baseline is None
    assert "were changed since" in found.row("exp-001-noise").not_comparable
    assert [one.experiment for one in found.comparable] == ["exp-002-linear"]


def test_a_run_under_another_split_is_refused(two_records):
    open_experiment(two_records, "exp-001").update_metadata(data={"seal": "0" * 64})
    found = compare_experiments(two_records, metric="roc_auc", write=False)
    assert "another split" in found.row("exp-001-noise").not_comparable
