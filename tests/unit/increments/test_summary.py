from __future__ import annotations

import pytest

import increment_factory as made
from specweave.checks import run_checks
from specweave.checks.muting import mute
from specweave.evidence import check_document, citations
from specweave.increments.summary import write_summary
from specweave.workspace import write_json


@pytest.fixture
def folder(workspace):
    return made.worked(made.increment(workspace))


def summary(folder, decision=None):
    return write_summary(folder, run_checks(folder), decision)


def override(reason, *obstacles):
    facts = {"reason": reason, "by": "Ada", "at": "2026-01-01T00:00:00Z", "terminal": True}
    return {**facts, "obstacles": list(obstacles)}


def test_it_says_what_was_done_and_how_good_it_is(folder):
    text = summary(folder).read_text("utf-8")
    assert "exp-002-lightgbm, judged on 20 sealed rows" in text
    assert "trained in 2.5 s" in text
    assert "| roc_auc | 0.9100<" in text
    assert "Against the best baseline, exp-001-majority: better" in text
    assert "2 recorded, 5 s of training in all; 1 of 3 looks" in text
    assert "| exp-001-majority | baseline | finished | 0.5000<" in text
    assert "| ML003 The best model beats the best baseline | passed |" in text


def test_its_numbers_carry_their_evidence(folder):
    path = summary(folder)
    assert citations(path.read_text("utf-8")) == 6
    assert check_document(path, folder) == []
    path.write_text(path.read_text("utf-8").replace("| 0.9100<", "| 0.9900<"), "utf-8")
    assert len(check_document(path, folder)) == 1


def test_without_a_model_it_says_so(workspace):
    folder = made.increment(workspace)
    text = summary(folder, override("stopped", "Unfinished: no data")).read_text("utf-8")
    assert "None: no model was evaluated" in text
    assert "Reason: stopped" in text
    assert "- Unfinished: no data" in text


def test_damaged_evidence_does_not_stop_the_summary_of_an_override(folder):
    folder.spec.write_text("gone", "utf-8")
    (folder.reports / "evaluation.json").write_text("{", "utf-8")
    (folder.data / "looks.jsonl").write_text("{", "utf-8")
    text = summary(folder, override("lost disk")).read_text("utf-8")
    assert "lost disk" in text
    assert "exp-002-lightgbm" in text


def test_readiness_names_what_a_person_should_weigh(folder):
    assert "Ready: every check that applies has passed" in summary(folder).read_text("utf-8")
    made.evaluation(folder, margin=0.01)
    text = summary(folder).read_text("utf-8")
    assert "Ready with reservations" in text
    assert "- ML003 The best model beats the best baseline: warned" in text
    assert "Not ready" in summary(folder, override("must ship", "ML003")).read_text("utf-8")


def test_a_muted_check_shows_with_person_reason_and_finding(folder):
    made.leaks(folder, ("certain", ["age"]))
    mute(folder, "ML007", "age is known on the day of the contract", who="Ada")
    text = summary(folder).read_text("utf-8")
    assert "ML007 No certain leak among used columns: muted, found failed" in text
    assert "- ML007 No certain leak among used columns, by Ada, " in text
    assert "age is known on the day of the contract" in text


def test_latency_comes_from_the_load_test_with_its_evidence(folder):
    assert "Latency: not measured" in summary(folder).read_text("utf-8")
    write_json(folder.path / "deployment/load-tests/load-test.json", {"alone": {"p50_ms": 1.0, "p95_ms": 3.25}})
    path = summary(folder)
    assert "Latency: 3.250<!--ev:deployment/load-tests/load-test.json#/alone/p95_ms@" in path.read_text("utf-8")
    assert check_document(path, folder) == []


def test_without_a_load_test_cross_validation_says_how_long_a_prediction_takes(workspace):
    folder = made.increment(workspace)
    made.sealed(folder)
    seconds = {"seconds": 3.0, "fit_seconds": 2.0, "predict_seconds": 0.4}
    made.record(folder, "majority", "baseline", metrics={"roc_auc": 0.5}, folds=())
    made.record(folder, training={"seconds": seconds}, data={"rows": 80})
    made.evaluation(folder)
    assert "Latency: 5,000 ms for 1,000 rows in cross-validation" in summary(folder).read_text("utf-8")
