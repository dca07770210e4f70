from __future__ import annotations

import pytest

import increment_factory as made
from specweave.checks import run_checks
from specweave.evidence import check_document, citations
from specweave.increments.summary import write_summary


@pytest.fixture
def folder(workspace):
    return made.worked(made.increment(workspace))


def summary(folder, override=None):
    return write_summary(folder, run_checks(folder), override)


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
    text = summary(
        folder, {"reason": "stopped", "at": "2026-01-01T00:00:00Z", "obstacles": ["Unfinished: no data"]}
    ).read_text("utf-8")
    assert "None: no model was evaluated" in text
    assert "Reason: stopped" in text
    assert "- Unfinished: no data" in text


def test_damaged_evidence_does_not_stop_the_summary_of_an_override(folder):
    folder.spec.write_text("gone", "utf-8")
    (folder.reports / "evaluation.json").write_text("{", "utf-8")
    (folder.data / "looks.jsonl").write_text("{", "utf-8")
    text = summary(folder, {"reason": "lost disk", "at": "2026-01-01T00:00:00Z", "obstacles": []}).read_text("utf-8")
    assert "lost disk" in text
    assert "exp-002-lightgbm" in text
