from __future__ import annotations

import pytest

from specweave.errors import UnknownIncrementError
from specweave.workspace import write_json


def increment(workspace, name, status="active", **facts):
    folder = workspace.increments / name
    write_json(folder / "metadata.json", {"id": name, "status": status, **facts})
    return folder


def test_the_current_increment_is_the_one_last_worked_on_not_the_newest(workspace):
    increment(workspace, "0001-a", lastActivity="2026-03-02T10:00:00Z")
    increment(workspace, "0002-b", "planning", lastActivity="2026-03-01T23:00:00+00:00")
    increment(workspace, "0003-c", "completed", lastActivity="2026-04-01T00:00:00Z")
    assert workspace.current_increment().id == "0001-a"


def test_of_two_with_the_same_or_no_time_the_newest_is_current(workspace):
    increment(workspace, "0001-a")
    increment(workspace, "0002-b", lastActivity="not a time")
    assert workspace.current_increment().id == "0002-b"


@pytest.mark.parametrize("content", ["{", "[]", '"text"'])
def test_damaged_metadata_of_one_increment_do_not_hide_the_others(workspace, content):
    increment(workspace, "0001-a", lastActivity="2026-03-02T10:00:00")
    (increment(workspace, "0002-b") / "metadata.json").write_text(content)
    assert workspace.current_increment().id == "0001-a"


def test_without_work_under_way_there_is_no_current_increment(workspace):
    increment(workspace, "0001-a", "completed")
    with pytest.raises(UnknownIncrementError):
        workspace.current_increment()


@pytest.mark.parametrize("ref", ["¹", "--1", "1.0", "x", ""])
def test_what_only_looks_like_a_number_is_no_increment(workspace, ref):
    increment(workspace, "0001-a")
    with pytest.raises(UnknownIncrementError):
        workspace.increment(ref)
