from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.data import seal
from specweave.errors import ModelError
from specweave.evaluation import documents, evaluate, running
from specweave.evaluation.recorded_model import RecordedModel
from specweave.evaluation.unfinished import FILE
from trained_increments import add_experiment, sealed_increment


@pytest.fixture
def trained(workspace, monkeypatch):
    monkeypatch.setattr(documents, "make_figures", lambda predictions, target: {})
    rng = np.random.default_rng(0)
    signal = rng.normal(size=200)
    frame = pd.DataFrame(
        {
            "signal": signal,
            "noise": rng.normal(size=200),
            "home": np.arange(200) // 4,
            "y": np.where(signal > 0, "yes", "no"),
        }
    )
    folder, problem = sealed_increment(workspace, frame, "y", "binary", positive="yes", group="home")
    add_experiment(folder, problem, "noise", "baseline", columns=["noise"])
    add_experiment(folder, problem, "linear", "candidate", columns=["signal"])
    return folder, problem


def look(folder, problem, **facts):
    return evaluate(folder, problem, **{"who": "test", "purpose": "checking", **facts})


def fail(*_, **__):
    raise ZeroDivisionError("division by zero")


def test_a_failure_after_the_look_lets_a_repeat_go_on_with_it(trained, monkeypatch):
    folder, problem = trained
    whole = running.estimates
    monkeypatch.setattr(running, "estimates", fail)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            look(folder, problem)
    monkeypatch.setattr(running, "estimates", whole)
    found = look(folder, problem)
    assert (found.look, len(seal.looks(folder))) == (1, 1)
    assert not (folder.data / FILE).exists()
    fresh = look(folder, problem)
    assert fresh.look == 2
    assert fresh.estimates == found.estimates
    assert fresh.comparison == found.comparison


def test_another_experiment_or_a_changed_file_takes_a_look_of_its_own(trained, monkeypatch):
    folder, problem = trained
    whole = running.estimates
    monkeypatch.setattr(running, "estimates", fail)
    with pytest.raises(ZeroDivisionError):
        look(folder, problem)
    with pytest.raises(ZeroDivisionError):
        look(folder, problem, experiment="exp-001")
    monkeypatch.setattr(running, "estimates", whole)
    (folder.data / "sealed-predictions-2.parquet").write_bytes(b"changed")
    assert look(folder, problem, experiment="exp-001").look == 3


def test_a_model_that_fails_on_the_sealed_rows_does_not_invite_a_repeat(trained, monkeypatch):
    folder, problem = trained
    monkeypatch.setattr(RecordedModel, "predict", fail)
    with pytest.raises(ModelError, match=r"look 1 is spent: division by zero.*do not repeat"):
        look(folder, problem)
