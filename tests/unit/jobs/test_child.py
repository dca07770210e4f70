from __future__ import annotations

import os
import signal

import pytest

from specweave import jobs
from specweave.errors import JobError
from specweave.jobs.child import load_operation


def test_an_operation_is_a_function_of_a_module():
    assert load_operation("os.path:join") is os.path.join


@pytest.mark.parametrize("operation", ["no_such_module:x", "os:no_such_function", "os:sep"])
def test_what_is_no_function_is_named(operation):
    with pytest.raises(JobError) as caught:
        load_operation(operation)
    assert caught.value.value == operation


def test_a_termination_nobody_asked_for_leaves_the_job_lost_not_cancelled(workspace, operations, until):
    job = jobs.start(workspace, f"{operations}:tidy")
    until(job.progress)
    os.kill(job.record()["pid"], signal.SIGTERM)
    assert jobs.wait(job, 10) == "lost"
    assert (workspace.root / "tidied").exists()


def test_a_second_termination_does_not_tear_the_unwinding_apart(workspace, operations, until):
    job = jobs.start(workspace, f"{operations}:slow_tidy")
    until(job.progress)
    pid = job.record()["pid"]
    os.kill(pid, signal.SIGTERM)
    until((workspace.root / "tidying").exists)
    os.kill(pid, signal.SIGTERM)
    jobs.wait(job, 10)
    assert (workspace.root / "tidied").exists()


def test_what_the_work_prints_goes_to_the_log(workspace, operations):
    job = jobs.start(workspace, f"{operations}:talk")
    jobs.wait(job, 30)
    assert job.log.read_text("utf-8").splitlines() == ["grüße", "from below"]
    assert job.result() == {"nan": None}


def test_a_job_that_is_killed_again_and_again_ends_with_everything_whole(workspace, operations, until):
    job = jobs.start(workspace, f"{operations}:resumable", {"n": 12, "pause": 0.03})
    for pause in (0.25, 0.3, 0.35):
        if jobs.wait(job, pause) == "running":
            os.kill(job.record()["pid"], signal.SIGKILL)
            until(lambda: not job.is_alive())
        if job.state == "lost":
            jobs.resume(job)
    assert jobs.wait(job, 30) == "finished", job.log.read_text()
    assert job.result() == list(range(12))
    assert job.record()["attempt"] >= 2
