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


def test_what_records_share_is_stored_once_and_damage_of_it_costs_the_reading_only(folder, monkeypatch):
    list_experiments(folder)
    file = folder.experiments / index.FILE
    with sqlite3.connect(file) as database:
        ((shared,),) = database.execute("SELECT COUNT(*) FROM shared WHERE key = 'packages'")
        database.execute("UPDATE shared SET value = '{}' WHERE key = 'packages'")
    database.close()
    assert shared == 1
    assert list_experiments(folder) == truth(folder)
    assert list_experiments(folder)[0].metadata["packages"]
    read = counting(monkeypatch)
    assert list_experiments(folder) == truth(folder)
    assert read == []


def test_shared_facts_no_record_needs_are_removed(folder, monkeypatch):
    monkeypatch.setattr(index, "_UNUSED_SHARED", 3)
    for number in range(8):
        open_experiment(folder, 3).replace_metadata(git={"commit": str(number) * 40})
        list_experiments(folder)
    with sqlite3.connect(folder.experiments / index.FILE) as database:
        ((left,),) = database.execute("SELECT COUNT(*) FROM shared WHERE key = 'git'")
    database.close()
    assert left <= 5
    assert list_experiments(folder) == truth(folder)


def test_the_history_of_a_closed_record_is_not_asked(folder, monkeypatch):
    list_experiments(folder)
    with (folder.experiments / "exp-002-run-1" / "metric-history.jsonl").open("a") as history:
        history.write("{}\n")
    read = counting(monkeypatch)
    assert list_experiments(folder) == truth(folder)
    assert read == []


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
