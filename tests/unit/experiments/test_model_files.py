from __future__ import annotations

import hashlib
import pickle
import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from specweave.errors import ExperimentError, ModelError
from specweave.experiments import create_experiment
from specweave.experiments.models import load_model


@pytest.fixture
def experiment(folder):
    return create_experiment(folder, "a", kind="script")


@pytest.fixture
def model():
    return LogisticRegression().fit(np.arange(10.0).reshape(10, 1), np.arange(10) > 4)


class Own:
    weight = 2


def test_safe_format_under_its_own_name(experiment, model):
    path = experiment.save_model(model, task="binary", features=["age"])
    assert path == experiment.path / "model.skops"
    recorded = experiment.metadata["model"]
    assert (recorded["file"], recorded["format"], recorded["task"]) == ("model.skops", "skops", "binary")
    assert recorded["features"] == ["age"]
    loaded = load_model(path, sha256=recorded["sha256"])
    np.testing.assert_array_equal(loaded.coef_, model.coef_)


def test_users_name_is_kept_and_the_safe_format_lies_beside_it(experiment, model):
    path = experiment.log_model(model, "models/churn.pkl")
    assert path == experiment.path / "models" / "churn.pkl"
    np.testing.assert_array_equal(pickle.loads(path.read_bytes()).coef_, model.coef_)
    metadata = experiment.metadata
    assert metadata["model"]["file"] == "models/churn.skops"
    assert load_model(experiment.path / metadata["model"]["file"]).intercept_ == model.intercept_
    assert metadata["pickles"]["models/churn.pkl"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_model_the_safe_format_cannot_hold_stays_a_pickle_and_says_why(experiment):
    experiment.save_model(Own(), "model.pkl", task="binary")
    recorded = experiment.metadata["model"]
    assert (recorded["file"], recorded["format"], recorded["task"]) == ("model.pkl", "pickle", "binary")
    assert "Own" in recorded["why_not"]
    assert not (experiment.path / "model.skops").exists()


def test_interpreter_without_skops_keeps_the_pickle_and_says_why(experiment, model, monkeypatch):
    monkeypatch.setitem(sys.modules, "skops.io", None)
    monkeypatch.setitem(sys.modules, "skops", None)
    experiment.save_model(model, "model.pkl")
    assert "pip install skops" in experiment.metadata["model"]["why_not"]


def test_foreign_model_under_the_safe_name_is_an_error(experiment):
    with pytest.raises(ModelError, match=r"model\.pkl"):
        experiment.save_model(Own(), "model.skops")
    assert "model" not in experiment.metadata


def test_model_that_cannot_be_pickled_is_an_error(experiment):
    with pytest.raises(ModelError, match="cannot be pickled"):
        experiment.save_model(lambda X: X, "model.pkl")


def test_second_model_replaces_the_facts_of_the_first(experiment, model):
    experiment.save_model(model, task="binary", threshold=0.3)
    experiment.save_model(Ridge().fit([[1.0], [2.0]], [1.0, 2.0]), task="regression")
    assert "threshold" not in experiment.metadata["model"]
    assert experiment.metadata["model"]["task"] == "regression"


def test_name_outside_the_record_is_refused(experiment, model):
    with pytest.raises(ExperimentError, match="inside the record"):
        experiment.save_model(model, "../model.pkl")


def test_five_hundred_features_are_all_recorded(experiment):
    names = [f"column {i}" for i in range(500)]
    experiment.save_model(Ridge().fit(np.eye(2), [0.0, 1.0]), features=names)
    assert experiment.metadata["model"]["features"] == names
