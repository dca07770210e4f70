from __future__ import annotations

import subprocess

import pytest

import increment_factory as made
from specweave.data.muting_log import FILE, MutingEntry, mutings_in_force, now, who_is_here, write_muting
from specweave.errors import CheckError


def entry(code="ML001", increment=None, action="mute", reason="project"):
    return MutingEntry(code, increment, reason, "Ada", now(), True, action)


def test_the_last_word_of_the_increment_counts_before_the_projects(workspace):
    folder = made.increment(workspace)
    write_muting(workspace.folder, entry(increment=folder.id, reason="own"))
    write_muting(workspace.folder, entry())
    assert mutings_in_force(folder)["ML001"].reason == "own"
    write_muting(workspace.folder, entry(increment=folder.id, action="unmute"))
    assert mutings_in_force(folder) == {}


def test_a_removed_line_is_found(workspace):
    folder = made.increment(workspace)
    for code in ("ML001", "ML002", "ML003"):
        write_muting(workspace.folder, entry(code))
    path = workspace.folder / FILE
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([lines[0], lines[2]]) + "\n", "utf-8")
    with pytest.raises(CheckError, match="entry 2 does not follow"):
        mutings_in_force(folder)


def test_the_person_is_the_one_git_knows(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "config", "user.name", "Grace Hopper"], check=True)
    assert who_is_here(tmp_path) == "Grace Hopper"


def test_without_git_it_is_the_account(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert who_is_here(tmp_path)
