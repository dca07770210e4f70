from __future__ import annotations

import pytest

from specweave.experiments import create_experiment, durability


@pytest.fixture
def flushed(monkeypatch):
    """Names of record folders as they are flushed, in a process that has never flushed."""
    seen: list[str] = []
    original = durability._sync_folder
    monkeypatch.setattr(durability, "_sync_folder", lambda path: (seen.append(path.name), original(path))[0])
    monkeypatch.setattr(durability, "_last", -1e9)
    monkeypatch.setattr(durability, "_waiting", [])
    return seen


def test_single_run_is_flushed_at_its_end(folder, flushed):
    create_experiment(folder, "a", kind="script").finish()
    assert flushed == ["exp-001-a"]


def test_quick_succession_is_not_flushed_run_by_run_but_at_the_end(folder, flushed):
    for _ in range(5):
        create_experiment(folder, "a", kind="script").finish()
    assert flushed == ["exp-001-a"]
    assert durability.sync_waiting(10.0) == 0
    assert sorted(flushed) == [f"exp-{n:03d}-a" for n in range(1, 6)]


def test_portion_ends_when_its_time_is_spent(folder, flushed):
    for _ in range(4):
        create_experiment(folder, "a", kind="script").finish()
    assert durability.sync_waiting(0.0) == 2
    assert flushed == ["exp-001-a", "exp-004-a"]


def test_record_removed_in_the_meantime_is_passed_over(tmp_path, flushed):
    durability.sync_soon(tmp_path / "gone")
    assert flushed == ["gone"]
