from __future__ import annotations

import json
import os

import pytest

from specweave.errors import ExperimentError, SpecweaveError
from specweave.experiments import open_experiment, replication, track_experiment
from specweave.experiments.backends import register_tracking_backend, registry, unregister_tracking_backend
from specweave.extensions import extensions


class Tracker:
    name = "mine"

    def start(self, run):
        return {}

    def log(self, run, batch):
        pass

    def finish(self, run, status):
        pass


def test_built_in_backends_come_through_the_same_door():
    assert {"local", "mlflow", "wandb"} <= set(extensions(registry.GROUP))


def test_a_class_or_an_object_is_registered_once_by_name(folder):
    assert register_tracking_backend(Tracker) is Tracker
    made = register_tracking_backend(Tracker())
    assert registry.active_backends(folder) == ([made], {})
    assert unregister_tracking_backend("mine")
    assert not unregister_tracking_backend("mine")
    assert registry.active_backends(folder) == ([], {})


def test_one_for_an_increment_is_not_told_of_others(folder, workspace):
    from specweave.workspace import IncrementFolder

    made = register_tracking_backend(Tracker(), increment=folder)
    other = IncrementFolder(workspace.increments / "0002-other")
    assert registry.active_backends(folder)[0] == [made]
    assert registry.active_backends(other)[0] == []


@pytest.mark.parametrize(("attribute", "said"), [("finish", "lacks finish"), ("name", "no usable name")])
def test_what_a_backend_lacks_is_named(attribute, said):
    broken = type("Broken", (Tracker,), {attribute: None})
    with pytest.raises(ExperimentError, match=said):
        register_tracking_backend(broken)


def test_the_local_record_cannot_be_replaced():
    with pytest.raises(ExperimentError, match="no usable name"):
        register_tracking_backend(type("Fake", (Tracker,), {"name": "local"}))


def settings(folder, tracking):
    path = folder.root / ".specweave" / "ml.json"
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(json.dumps({"tracking": tracking}), "utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_the_project_names_its_backends_in_a_file(folder, monkeypatch):
    class Named(Tracker):
        def __init__(self, url="nowhere"):
            self.url = url

    monkeypatch.setattr("specweave.extensions.extensions", lambda group: {"mine": Named})
    settings(folder, {"mine": {"url": "https://tracker.example.org"}, "local": {}})
    [found], failed = registry.active_backends(folder)
    assert found.url == "https://tracker.example.org"
    assert failed == {}
    assert registry.active_backends(folder)[0] == [found]
    settings(folder, [])
    assert registry.active_backends(folder) == ([], {})


def test_a_name_that_does_not_load_stops_no_training(folder):
    settings(folder, ["unheard-of"])
    with pytest.warns(replication.TrackingWarning, match="unheard-of failed"), track_experiment("a", folder) as run:
        run.log_metric("x", 1)
    record = open_experiment(folder, 1)
    assert record.status == "finished"
    assert "Nothing by that name" in record.metadata["backends"]["unheard-of"]["error"]


def test_unknown_name_lists_those_there_are(folder):
    with pytest.raises(SpecweaveError, match="mlflow"):
        registry.find_backend(folder, "mlfow")


def test_damaged_settings_stop_no_training(folder):
    (folder.root / ".specweave" / "ml.json").write_text("{", "utf-8")
    assert registry.active_backends(folder) == ([], {})
