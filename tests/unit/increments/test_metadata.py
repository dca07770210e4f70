from __future__ import annotations

import json
import threading
from datetime import datetime

import pytest

import increment_factory as made
from specweave.errors import IncrementError, LockedError
from specweave.increments import update_metadata
from specweave.increments.metadata import now
from specweave.workspace import lock


@pytest.fixture
def folder(workspace):
    return made.increment(workspace)


def test_a_new_increment_has_the_keys_specweave_expects(folder):
    known = folder.metadata()
    assert list(known) == ["id", "type", "status", "created", "updated", "lastActivity", "ml"]
    assert (known["id"], known["type"], known["status"]) == (folder.id, "feature", "planning")
    assert datetime.fromisoformat(known["created"]).utcoffset().total_seconds() == 0


def test_unknown_keys_survive_and_times_are_stamped(folder):
    known = folder.metadata() | {"priority": "P1", "updated": "2020-01-01T00:00:00Z"}
    folder.metadata_file.write_text(json.dumps(known), "utf-8")
    written = update_metadata(folder, best="exp-002")
    assert written == folder.metadata()
    assert written["priority"] == "P1"
    assert written["ml"]["best"] == "exp-002"
    assert written["ml"]["request"] == "predict churn"
    assert written["updated"] == written["lastActivity"] > "2021"


def test_writers_at_once_lose_nothing(folder):
    threads = [threading.Thread(target=update_metadata, args=(folder,), kwargs={f"key{n}": n}) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {f"key{n}" for n in range(12)} <= folder.metadata()["ml"].keys()


def test_a_second_writer_gets_an_error_and_changes_nothing(folder):
    before = folder.metadata_file.read_bytes()
    with lock(folder.data / ".metadata.lock"), pytest.raises(LockedError):
        update_metadata(folder, timeout=0.1, best="exp-002")
    assert folder.metadata_file.read_bytes() == before


def test_damaged_metadata_are_named(folder):
    folder.metadata_file.write_text("[]", "utf-8")
    with pytest.raises(IncrementError, match="metadata"):
        update_metadata(folder, best="exp-002")


def test_the_time_is_utc_in_seconds():
    assert now().endswith("Z")
    assert len(now()) == len("2026-11-23T21:22:39Z")
