"""The index is fast, follows every change of the files, and repairs itself."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from specweave.experiments import create_experiment, index, list_experiments, open_experiment
from specweave.experiments.record import read_record
from specweave.workspace import IncrementFolder


@pytest.fixture
def folder(workspace, monkeypatch):
    """Twelve records, taken for settled, in an increment for which an index is worth it."""
    monkeypatch.setattr(index, "WORTH_IT", 5)
    made = IncrementFolder(workspace.increments / "0001-prüfung")
    for number in range(12):
        experiment = create_experiment(made, f"run {number}", kind="candidate", params={"depth": number})
        experiment.log_metric("roc_auc", 0.8 + number / 100)
        experiment.finish()
    settle(made, monkeypatch)
    return made


def settle(folder, monkeypatch):
    monkeypatch.setattr(index, "SETTLED_SECONDS", -1.0)


def truth(folder):
    return [read_record(path) for path in sorted(folder.experiments.glob("exp-*"))]


def counting(monkeypatch):
    """The folders that were really read."""
    read = []

    def reader(path):
        read.append(path.name)
        return read_record(path)

    monkeypatch.setattr("specweave.experiments.record.read_record", reader)
    return read


def test_the_list_is_the_same_with_and_without_the_index(folder):
    cold, warm = list_experiments(folder), list_experiments(folder)
    assert cold == warm == truth(folder)
    assert (folder.experiments / index.FILE).is_file()


def test_a_warm_list_reads_no_record(folder, monkeypatch):
    list_experiments(folder)
    read = counting(monkeypatch)
    assert list_experiments(folder) == truth(folder)
    assert read == []


def test_only_what_changed_is_read_again(folder, monkeypatch):
    list_experiments(folder)
    open_experiment(folder, 3).log_param("depth", 99)
    open_experiment(folder, 7).update_metadata(tags={"good": True})
    read = counting(monkeypatch)
    assert list_experiments(folder)[2].params == {"depth": 99}
    assert sorted(read) == ["exp-003-run-2", "exp-007-run-6"]


def test_an_edit_in_place_of_the_same_length_is_noticed(folder):
    list_experiments(folder)
    file = folder.experiments / "exp-004-run-3" / "params.json"
    file.write_text(file.read_text("utf-8").replace("3", "8"), "utf-8")
    assert list_experiments(folder)[3].params == {"depth": 8}


def test_metrics_of_a_running_experiment_are_followed(folder):
    running = create_experiment(folder, "open", kind="script")
    running.log_metric("loss", 1.0)
    list_experiments(folder)
    running.log_metric("loss", 0.5)
    assert list_experiments(folder)[-1].metrics == {"loss": 0.5}


def test_a_record_just_written_is_not_trusted_yet(folder, monkeypatch):
    monkeypatch.setattr(index, "SETTLED_SECONDS", 60.0)
    list_experiments(folder)
    read = counting(monkeypatch)
    list_experiments(folder)
    assert len(read) == 12


def test_removed_and_damaged_records_are_told_as_without_index(folder):
    list_experiments(folder)
    shutil.rmtree(folder.experiments / "exp-005-run-4")
    (folder.experiments / "exp-006-run-5" / "metadata.yaml").write_text("{{{", "utf-8")
    found = list_experiments(folder)
    assert found == list_experiments(folder) == truth(folder)
    assert len(found) == 11
    assert found[4].damage


@pytest.mark.parametrize("content", [b"", b"nothing of the kind" * 200, b"SQLite format 3\0" + os.urandom(4000)])
def test_a_damaged_index_is_made_anew_silently(folder, content, monkeypatch):
    list_experiments(folder)
    (folder.experiments / index.FILE).write_bytes(content)
    assert list_experiments(folder) == truth(folder)
    list_experiments(folder)
    read = counting(monkeypatch)
    assert list_experiments(folder) == truth(folder)
    assert read == []


def test_a_damaged_page_or_entry_gives_no_wrong_record(folder):
    list_experiments(folder)
    file = folder.experiments / index.FILE
    with sqlite3.connect(file) as database:
        database.execute("UPDATE records SET facts = ? WHERE name = 'exp-002-run-1'", (json.dumps({"id": 3}),))
    database.close()
    assert list_experiments(folder) == truth(folder)
    content = bytearray(file.read_bytes())
    content[len(content) // 2 :] = os.urandom(len(content) - len(content) // 2)
    file.write_bytes(bytes(content))
    assert list_experiments(folder) == truth(folder)


def test_an_index_of_another_version_is_replaced(folder):
    with sqlite3.connect(folder.experiments / index.FILE) as database:
        database.execute("CREATE TABLE records (a, b)")
        database.execute("PRAGMA user_version = 77")
    database.close()
    assert list_experiments(folder) == list_experiments(folder) == truth(folder)


def test_a_locked_index_delays_nobody_for_long_and_loses_nothing(folder):
    list_experiments(folder)
    open_experiment(folder, 3).log_param("depth", 50)
    holder = sqlite3.connect(folder.experiments / index.FILE)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        assert list_experiments(folder) == truth(folder)
    finally:
        holder.close()
    assert list_experiments(folder) == truth(folder)


def test_many_readers_at_once_see_the_truth(folder):
    expected = truth(folder)
    with ThreadPoolExecutor(8) as pool:
        assert all(found == expected for found in pool.map(lambda _: list_experiments(folder), range(24)))


def test_a_small_increment_has_no_index(workspace):
    folder = IncrementFolder(workspace.increments / "0001-klein")
    create_experiment(folder, "one", kind="script").finish()
    assert len(list_experiments(folder)) == 1
    assert not (folder.experiments / index.FILE).exists()
