from __future__ import annotations

import pytest

import increment_factory as made
from specweave import create_model_api
from specweave.deployment import making
from specweave.errors import DeploymentError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    folder = made.place(tmp_path)
    made.worked(folder)
    monkeypatch.chdir(folder.root)
    return folder


@pytest.fixture
def asked(monkeypatch, folder):
    """Which experiment the service would be made of; making it takes a trained model and is tested apart."""
    named = []

    def make(of, problem, *, experiment, challenger, progress):
        assert challenger is None
        named.append((of.id, experiment))
        return making.MadeService(of.path / "deployment", None, (), None, ())

    monkeypatch.setattr(making, "make_service", make)
    return named


def test_a_model_file_stands_for_its_experiment(folder, asked):
    inside = "experiments/exp-002-lightgbm/model.skops"
    places = [folder.path / inside, inside, folder.path.relative_to(folder.root) / inside, folder.path / inside[:28]]
    for place in places:
        assert create_model_api(model_path=place, increment="0001") == folder.path / "deployment/api"
    assert asked == [(folder.id, "exp-002-lightgbm")] * 4


def test_without_a_model_file_the_best_of_the_current_increment_is_taken(folder, asked):
    create_model_api()
    assert asked == [(folder.id, None)]


@pytest.mark.parametrize("path", ["model.pkl", "experiments/exp-099-none/model.skops", "spec.md"])
def test_a_model_nobody_recorded_is_refused_with_the_way_to_record_it(folder, asked, path):
    with pytest.raises(DeploymentError, match="belongs to no experiment") as caught:
        create_model_api(model_path=path, increment=folder)
    assert "track_experiment" in caught.value.next_step
    assert not asked


def test_a_file_and_another_experiment_do_not_go_together(folder, asked):
    with pytest.raises(DeploymentError):
        create_model_api(folder.path / "experiments/exp-002-lightgbm", folder, experiment="exp-001-majority")


def test_another_framework_is_refused(folder):
    with pytest.raises(DeploymentError, match="No generator") as caught:
        create_model_api(increment=folder, framework="flask")
    assert caught.value.allowed == "fastapi"
