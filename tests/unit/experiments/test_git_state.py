from __future__ import annotations

import subprocess

import pytest

from specweave.experiments import git_state as module
from specweave.experiments.git_state import git_state


@pytest.fixture(autouse=True)
def no_cache():
    module._cache.clear()


def _git(folder, *arguments):
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    return subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "Mein Projekt"
    root.mkdir()
    _git(root, "init", "-q", "-b", "main")
    (root / "train.py").write_text("rate = 1\n", "utf-8")
    _git(root, "add", ".")
    _git(root, "commit", "-q", "-m", "first")
    return root


def test_clean_repository_is_its_commit(repository):
    state = git_state(repository)
    assert state.facts == {"commit": _git(repository, "rev-parse", "HEAD").strip(), "branch": "main", "dirty": False}
    assert state.diff == b""


def test_patch_turns_the_commit_into_the_files_as_they_were(repository, tmp_path):
    (repository / "train.py").write_text("rate = 2\n", "utf-8")
    (repository / "neu").mkdir()
    (repository / "neu" / "neü.py").write_text("a = 1\nb = 2", "utf-8")
    (repository / "blob.bin").write_bytes(b"\0\1")
    state = git_state(repository)
    assert state.facts["dirty"] is True
    assert set(state.facts["untracked"]) == {"neu/neü.py", "blob.bin"}
    clone = tmp_path / "clone"
    _git(tmp_path, "clone", "-q", str(repository), str(clone))
    (tmp_path / "diff.patch").write_bytes(state.diff)
    _git(clone, "apply", str(tmp_path / "diff.patch"))
    assert (clone / "train.py").read_text("utf-8") == "rate = 2\n"
    assert (clone / "neu" / "neü.py").read_text("utf-8") == "a = 1\nb = 2"


def test_own_records_and_key_files_are_left_out(repository):
    (repository / ".specweave").mkdir()
    (repository / ".specweave" / "x.json").write_text("{}", "utf-8")
    (repository / ".env").write_text("TOKEN=abc\n", "utf-8")
    assert git_state(repository).facts["dirty"] is False


def test_changed_tracked_key_file_is_not_in_the_patch(repository):
    (repository / ".env").write_text("TOKEN=a\n", "utf-8")
    _git(repository, "add", "-f", ".env")
    _git(repository, "commit", "-q", "-m", "oops")
    (repository / ".env").write_text("TOKEN=topsecret\n", "utf-8")
    (repository / "train.py").write_text("rate = 3\n", "utf-8")
    state = git_state(repository)
    assert b"rate = 3" in state.diff
    assert b"topsecret" not in state.diff


def test_large_patch_is_cut_and_says_so(repository, monkeypatch):
    monkeypatch.setattr(module, "DIFF_LIMIT", 50)
    (repository / "train.py").write_text("x = 1\n" * 100, "utf-8")
    state = git_state(repository)
    assert len(state.diff) == 50
    assert state.facts["diff_cut_at"] == 50
    assert state.facts["diff_bytes"] > 50


def test_reading_changes_nothing(repository):
    (repository / "new.py").write_text("x = 1\n", "utf-8")
    before = (repository / ".git" / "index").read_bytes()
    git_state(repository)
    assert (repository / ".git" / "index").read_bytes() == before
    assert _git(repository, "status", "--porcelain") == "?? new.py\n"


def test_repository_without_a_commit(tmp_path):
    _git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "a.py").write_text("x = 1\n", "utf-8")
    state = git_state(tmp_path)
    assert state.facts["commit"] is None
    assert b"+x = 1" in state.diff


def test_folder_outside_any_repository_says_so(tmp_path):
    facts = git_state(tmp_path).facts
    assert facts["available"] is False
    assert "not a git repository" in facts["reason"]


def test_machine_without_git_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_state(tmp_path).facts == {"available": False, "reason": "git is not installed"}


def test_slow_git_is_given_up(repository, monkeypatch):
    def hang(*args, **kwargs):
        raise subprocess.TimeoutExpired("git", 10)

    monkeypatch.setattr(subprocess, "run", hang)
    assert git_state(repository).facts["reason"] == "git did not answer within 10 s"


def test_untracked_files_that_take_too_long_are_left_out(repository, monkeypatch):
    real = subprocess.run

    def run(command, **settings):
        if "--untracked-files=all" in command:
            raise subprocess.TimeoutExpired("git", 10)
        return real(command, **settings)

    monkeypatch.setattr(subprocess, "run", run)
    facts = git_state(repository).facts
    assert facts["commit"]
    assert facts["untracked"].startswith("not listed")


def test_state_is_asked_once_in_two_seconds(repository, monkeypatch):
    first = git_state(repository)
    (repository / "train.py").write_text("rate = 9\n", "utf-8")
    assert git_state(repository) is first
    monkeypatch.setattr(module.time, "monotonic", lambda: 1e12)
    assert git_state(repository).facts["dirty"] is True


def test_keys_in_added_lines_are_masked_and_the_patch_still_applies(repository, tmp_path):
    (repository / "train.py").write_text('rate = 1\nkey = "sk-abcdefghijklmnop1234567890"\n', "utf-8")
    (repository / "db.py").write_text('url = "postgres://anna:hunter22@host/db"\n', "utf-8")
    state = git_state(repository)
    assert state.facts["diff_masked"] is True
    assert b"abcdefghijklmnop" not in state.diff
    assert b"hunter22" not in state.diff
    clone = tmp_path / "clone"
    _git(tmp_path, "clone", "-q", str(repository), str(clone))
    (tmp_path / "diff.patch").write_bytes(state.diff)
    _git(clone, "apply", str(tmp_path / "diff.patch"))
    assert (clone / "train.py").read_text("utf-8") == 'rate = 1\nkey = "***"\n'
