from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from specweave.evaluation import documents, evaluate
from specweave.evidence import check_document
from trained_increments import add_experiment, sealed_increment


@pytest.fixture
def increment(workspace, monkeypatch):
    monkeypatch.setattr(documents, "make_figures", lambda predictions, target: {})
    rng = np.random.default_rng(0)
    signal, noise = rng.normal(size=(2, 600))
    churn = np.where(signal + 0.7 * rng.normal(size=600) > 0.5, "yes", "no")
    frame = pd.DataFrame({"signal": signal, "noise": noise, "churn": churn})
    folder, problem = sealed_increment(workspace, frame, "churn", "binary", positive="yes")
    for name, columns in (("weak", ["noise"]), ("strong", ["signal", "noise"]), ("twin", ["signal"])):
        add_experiment(folder, problem, name, "candidate", columns=columns)
    return folder, problem


def look(increment, experiment):
    return evaluate(*increment, experiment=experiment, who="test", purpose="checking")


def test_a_later_look_keeps_the_facts_of_earlier_ones(increment):
    folder, _ = increment
    first, second = look(increment, "exp-001"), look(increment, "exp-002")
    kept = {path.name: json.loads(path.read_text("utf-8")) for path in (folder.reports / "evaluations").iterdir()}
    assert sorted(kept) == ["look-1.json", "look-2.json"]
    assert kept["look-1.json"] == first.model_dump(mode="json")
    assert kept["look-2.json"]["experiment"] == second.experiment


def test_a_later_look_says_whether_its_model_is_better_on_the_same_rows(increment):
    folder, _ = increment
    assert look(increment, "exp-001").previous is None
    better = look(increment, "exp-002")
    assert (better.previous.look, better.previous.comparison.verdict) == (1, "better")
    assert any("better than the model of look 1, exp-001-weak: difference" in reason for reason in better.reasons)
    report = folder.reports / "evaluation-report.md"
    assert "better than the model of look" in report.read_text("utf-8")
    assert check_document(report, folder) == []
    even = look(increment, "exp-003")
    assert (even.previous.look, even.previous.comparison.verdict) == (2, "within noise")
    worse = look(increment, "exp-001")
    assert worse.previous.comparison.verdict == "worse"


def test_the_same_experiment_again_is_called_the_same(increment):
    look(increment, "exp-002")
    assert "The same experiment as at look 1." in look(increment, "exp-002").reasons


def test_changed_or_lost_predictions_of_the_earlier_look_are_not_compared_with(increment):
    folder, _ = increment
    look(increment, "exp-001")
    stored = folder.data / "sealed-predictions-1.parquet"
    stored.write_bytes(stored.read_bytes() + b" ")
    assert look(increment, "exp-002").previous.note == "its predictions were changed since"
    (folder.data / "sealed-predictions-2.parquet").unlink()
    assert any("its predictions are gone" in reason for reason in look(increment, "exp-003").reasons)
