from __future__ import annotations

import json
import os
import platform
import sys

import pytest
import yaml

from specweave.errors import ExperimentError, StorageError
from specweave.experiments import create_experiment, git_state, list_experiments, open_experiment


def test_new_record_is_readable_at_once(folder):
    experiment = create_experiment(
        folder, "Größe", kind="candidate", params={"rate": 0.1}, tags={"family": "lightgbm"}, seeds={"split": 7}
    )
    assert experiment.id == "exp-001-grosse"
    metadata = yaml.safe_load((experiment.path / "metadata.yaml").read_text("utf-8"))
    assert metadata["id"] == experiment.id
    assert (metadata["name"], metadata["kind"], metadata["status"]) == ("Größe", "candidate", "running")
    assert metadata["seeds"] == {"split": 7}
    assert metadata["tags"] == {"family": "lightgbm"}
    assert json.loads((experiment.path / "params.json").read_text("utf-8")) == {"rate": 0.1}


def test_record_says_what_ran_where(folder):
    metadata = create_experiment(folder, "a", kind="script").metadata
    assert metadata["python"]["executable"] == sys.executable
    assert metadata["python"]["version"] == platform.python_version()
    assert "numpy" in metadata["packages"]
    assert metadata["process"]["pid"] == os.getpid()
    assert metadata["git"]["available"] is False
    assert metadata["entry"]["by"] in ("script", "interactive")
    assert "numpy==" in open_experiment(folder, 1).path.joinpath("packages.txt").read_text("utf-8")


def test_environment_variables_are_not_recorded(folder, monkeypatch):
    monkeypatch.setenv("MY_PLAIN_NAME", "value-that-must-not-appear")
    create_experiment(folder, "a", kind="script").finish()
    for path in folder.experiments.rglob("*"):
        if path.is_file():
            assert b"value-that-must-not-appear" not in path.read_bytes()


def test_entry_given_by_a_tool_replaces_the_script(folder):
    experiment = create_experiment(folder, "a", kind="baseline", entry={"by": "tool", "tool": "run_experiment"})
    assert experiment.metadata["entry"] == {"by": "tool", "tool": "run_experiment"}


def test_unknown_kind_names_the_known(folder):
    with pytest.raises(ExperimentError, match="candidate"):
        create_experiment(folder, "a", kind="trial")
    assert not folder.experiments.exists()


def test_place_that_cannot_be_written_is_named(folder):
    folder.experiments.write_text("a file in the way", "utf-8")
    with pytest.raises(StorageError, match="experiments"):
        create_experiment(folder, "a", kind="script")


def test_diff_is_stored_once_for_many_records(folder, monkeypatch):
    state = git_state.GitState({"dirty": True, "diff_sha256": "abc"}, b"the patch")
    monkeypatch.setattr("specweave.experiments.creation.git_state", lambda root: state)
    first, second = (create_experiment(folder, "a", kind="script") for _ in range(2))
    assert (second.path / "diff.patch").read_bytes() == b"the patch"
    assert (first.path / "diff.patch").stat().st_ino == (second.path / "diff.patch").stat().st_ino


def test_diff_survives_the_removal_of_the_record_it_was_shared_with(folder, monkeypatch):
    import shutil

    state = git_state.GitState({"dirty": True, "diff_sha256": "abd"}, b"the patch")
    monkeypatch.setattr("specweave.experiments.creation.git_state", lambda root: state)
    first = create_experiment(folder, "a", kind="script")
    second = create_experiment(folder, "b", kind="script")
    shutil.rmtree(first.path)
    third = create_experiment(folder, "c", kind="script")
    assert (second.path / "diff.patch").read_bytes() == (third.path / "diff.patch").read_bytes() == b"the patch"


def test_opened_record_takes_more_facts_and_stays_finished(folder):
    create_experiment(folder, "a", kind="candidate").finish()
    opened = open_experiment(folder, "exp-001")
    opened.log_metric("test_auc", 0.9)
    opened.update_metadata(data={"fingerprint": "f"})
    (found,) = list_experiments(folder)
    assert found.status == "finished"
    assert found.metrics == {"test_auc": 0.9}
    assert found.metadata["data"] == {"fingerprint": "f"}
