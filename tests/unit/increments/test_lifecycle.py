from __future__ import annotations

import pytest

import increment_factory as made
from specweave.errors import IncrementError
from specweave.increments import activate, set_status
from specweave.increments.lifecycle import TRANSITIONS, move


@pytest.fixture
def folder(workspace):
    return made.increment(workspace)


def put(folder, status):
    """Any status, by the shortest way."""
    ways = {
        "planning": (),
        "completed": ("active", "ready_for_review", "completed"),
        "ready_for_review": ("active", "ready_for_review"),
    }
    for step in ways.get(status, (status,)):
        move(folder, (step,))


@pytest.mark.parametrize("start", TRANSITIONS)
@pytest.mark.parametrize("end", [*TRANSITIONS, "done"])
def test_only_the_ways_of_the_table_exist(folder, start, end):
    put(folder, start)
    if end == start or (end in TRANSITIONS[start] and end != "completed"):
        assert set_status(folder, end)["status"] == end
    else:
        with pytest.raises(IncrementError):
            set_status(folder, end)
        assert folder.metadata()["status"] == start


def test_completion_is_the_business_of_the_checks(folder):
    put(folder, "ready_for_review")
    with pytest.raises(IncrementError) as caught:
        set_status(folder, "completed")
    assert caught.value.next_step == 'complete_increment(increment="0001-predict-churn")'


def test_each_step_is_recorded_with_its_reason(folder):
    set_status(folder, "paused", reason="waiting for labels")
    set_status(folder, "active")
    history = folder.metadata()["ml"]["status_history"]
    assert [(step["from"], step["to"]) for step in history] == [("planning", "paused"), ("paused", "active")]
    assert history[0]["reason"] == "waiting for labels"
    assert "reason" not in history[1]


def test_the_status_it_has_changes_nothing(folder):
    before = folder.metadata_file.read_bytes()
    set_status(folder, "planning")
    assert folder.metadata_file.read_bytes() == before


@pytest.mark.parametrize(
    ("start", "end"),
    [("planning", "active"), ("paused", "active"), ("completed", "completed"), ("abandoned", "abandoned")],
)
def test_recorded_work_activates_what_is_open(folder, start, end):
    put(folder, start)
    activate(folder)
    assert folder.metadata()["status"] == end
