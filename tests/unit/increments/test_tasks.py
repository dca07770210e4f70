from __future__ import annotations

import pytest

import increment_factory as made
from specweave.errors import IncrementError, LockedError
from specweave.increments import mark_done, mark_task
from specweave.increments.tasks import TASKS
from specweave.spec_file import lock_path
from specweave.workspace import lock


@pytest.fixture
def folder(workspace):
    return made.increment(workspace)


def text(folder):
    return (folder.path / "tasks.md").read_text("utf-8")


def test_marking_changes_the_status_line_of_that_task_alone(folder):
    before = text(folder).split("### ")
    assert mark_task(folder, "T-002") is True
    after = text(folder).split("### ")
    assert after[2] == before[2].replace("**Status**: [ ] pending", "**Status**: [x] completed")
    assert after[:2] + after[3:] == before[:2] + before[3:]


def test_a_mark_can_be_taken_back(folder):
    before = text(folder)
    mark_task(folder, "t-001")
    assert mark_task(folder, "T-001") is False
    mark_task(folder, "T-001", done=False)
    assert text(folder) == before


def test_tasks_and_notes_of_a_person_survive(folder):
    path = folder.path / "tasks.md"
    path.write_text(
        text(folder) + "\n### T-042: Ask the bank\n\n**Status**: [ ] waiting for Åse\n\n- [x] mail sent\n", "utf-8"
    )
    mark_task(folder, "T-042")
    mark_task(folder, "T-001")
    assert text(folder).endswith("### T-042: Ask the bank\n\n**Status**: [x] completed\n\n- [x] mail sent\n")


def test_a_task_without_a_status_line_gets_one(folder):
    path = folder.path / "tasks.md"
    path.write_text("### T-001: Ask\n\nSoon.\n\n### T-002: Do\n\n**Status**: [ ] pending\n", "utf-8")
    mark_task(folder, "T-001")
    assert path.read_text("utf-8") == (
        "### T-001: Ask\n**Status**: [x] completed\n\n\nSoon.\n\n### T-002: Do\n\n**Status**: [ ] pending\n"
    )


def test_an_unknown_task_lists_those_there_are(folder):
    with pytest.raises(IncrementError) as caught:
        mark_task(folder, "T-099")
    assert "T-001" in caught.value.allowed


def test_no_tasks_file_is_said(folder):
    (folder.path / "tasks.md").unlink()
    with pytest.raises(IncrementError, match=r"no tasks\.md"):
        mark_task(folder, "T-001")


@pytest.mark.parametrize("stage", [task.stage for task in TASKS if task.criteria != (8,)])
def test_each_stage_marks_its_task(folder, stage):
    assert mark_done(folder, stage) is True
    assert text(folder).count("[x] completed") == 1


def test_a_stage_whose_task_was_removed_is_no_failure(folder):
    (folder.path / "tasks.md").write_text("# Mine\n", "utf-8")
    assert mark_done(folder, "experiments") is False
    with pytest.raises(IncrementError, match="stage"):
        mark_done(folder, "dancing")


def test_a_second_writer_gives_up(folder):
    with lock(lock_path(folder)), pytest.raises(LockedError):
        mark_task(folder, "T-001", timeout=0.1)
