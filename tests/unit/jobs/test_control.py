from __future__ import annotations

import json
import time
from types import SimpleNamespace

import psutil
import pytest

from specweave import jobs
from specweave.errors import JobError
from specweave.workspace import write_json


def test_wait_returns_as_soon_as_the_job_has_ended(workspace, operations):
    job = jobs.start(workspace, f"{operations}:add", {"a": 1, "b": 1})
    before = time.monotonic()
    assert jobs.wait(job, 45) == "finished"
    assert time.monotonic() - before < 15


def test_wait_returns_running_when_its_time_is_up(workspace, operations):
    job = jobs.start(workspace, f"{operations}:sleep")
    before = time.monotonic()
    assert jobs.wait(job, 0.3) == "running"
    assert 0.25 < time.monotonic() - before < 15


def test_wait_never_takes_more_than_45_seconds(workspace, operations, monkeypatch):
    job = jobs.start(workspace, f"{operations}:sleep")
    now = [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    with monkeypatch.context() as patch:
        patch.setattr("specweave.jobs.control.time", clock)
        assert jobs.wait(job, 10_000) == "running"
    assert now[0] == pytest.approx(45)


def test_wait_relays_every_line_once_and_in_order(workspace, operations):
    job = jobs.start(workspace, f"{operations}:steps", {"n": 8})
    seen = []
    assert jobs.wait(job, 30, lambda *line: seen.append(line)) == "finished"
    assert seen == [(float(i), 8.0, f"step {i}") for i in range(1, 9)]


def test_a_later_wait_begins_with_where_the_job_stands(workspace, operations):
    job = jobs.start(workspace, f"{operations}:steps", {"n": 3})
    jobs.wait(job, 30)
    seen = []
    jobs.wait(job, 0, lambda *line: seen.append(line))
    assert seen == [(3.0, 3.0, "step 3")]


def test_cancel_lets_the_work_unwind(workspace, operations, until):
    job = jobs.start(workspace, f"{operations}:tidy")
    until(job.progress)
    assert jobs.cancel(job) == "cancelled"
    assert (workspace.root / "tidied").exists()
    assert jobs.wait(job, 5) == "cancelled"


def test_cancel_ends_children_that_ignore_the_request_or_left_the_group(workspace, operations, until):
    job = jobs.start(workspace, f"{operations}:family")
    until((workspace.root / "family.json").exists)
    family = json.loads((workspace.root / "family.json").read_text())
    assert all(psutil.pid_exists(pid) for pid in family)
    before = time.monotonic()
    assert jobs.cancel(job, grace_seconds=0.5) == "cancelled"
    assert time.monotonic() - before < 5
    until(lambda: not any(psutil.pid_exists(pid) for pid in family))


def test_cancel_of_ended_work_changes_nothing(workspace, operations):
    job = jobs.start(workspace, f"{operations}:add", {"a": 1, "b": 1})
    jobs.wait(job, 30)
    assert jobs.cancel(job) == "finished"
    assert not (job.folder / "cancelled.json").exists()


def test_a_lost_job_can_be_cancelled(workspace, operations, until):
    job = jobs.start(workspace, f"{operations}:sleep")
    psutil.Process(job.record()["pid"]).kill()
    until(lambda: job.state == "lost")
    assert jobs.cancel(job) == "cancelled"


def test_a_cancelled_job_can_be_resumed(workspace, operations):
    job = jobs.start(workspace, f"{operations}:sleep")
    jobs.cancel(job)
    assert jobs.resume(job).state == "running"
    assert (job.folder / "cancelled-1.json").exists()


def test_a_job_on_another_machine_is_not_signalled(workspace, operations):
    job = jobs.start(workspace, f"{operations}:sleep")
    record = job.record()
    (job.folder / "heartbeat").touch()
    write_json(job.folder / "job.json", record | {"host": "elsewhere"})
    with pytest.raises(JobError, match="another machine"):
        jobs.cancel(job)
    write_json(job.folder / "job.json", record)
