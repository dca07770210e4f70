from __future__ import annotations

import os
import signal
import time
from datetime import datetime
from types import SimpleNamespace

import pytest

from specweave import jobs
from specweave.errors import DataError, JobError
from specweave.tools.operations.jobs import described
from specweave.workspace import write_json


@pytest.fixture
def ended(workspace, operations, until):
    job = jobs.start(workspace, f"{operations}:add", {"a": 1, "b": 1})
    jobs.wait(job, 30)
    until(lambda: not job.is_alive())
    (job.folder / "result.json").unlink()
    return job


def with_record(job, **facts):
    write_json(job.folder / "job.json", job.record() | facts)
    return job


def test_a_failure_comes_back_with_its_class_and_four_facts(workspace, operations):
    job = jobs.start(workspace, f"{operations}:refuse")
    assert jobs.wait(job, 30) == "failed"
    with pytest.raises(DataError) as caught:
        job.result()
    error = caught.value
    assert (error.what, error.value, error.allowed, error.next_step) == (
        "The target is constant",
        "Churn",
        "two values",
        "profile_data()",
    )
    assert "Traceback" not in job.log.read_text()


def test_an_unexpected_failure_is_one_sentence_with_the_traceback_in_the_log(workspace, operations):
    job = jobs.start(workspace, f"{operations}:crash")
    assert jobs.wait(job, 30) == "failed"
    error = job.error()
    assert error.what == "The work stopped with an unexpected ValueError: the middle fell out"
    assert str(job.log) in error.next_step
    assert "Traceback" in job.log.read_text()


def test_work_that_leaves_the_interpreter_has_failed(workspace, operations):
    job = jobs.start(workspace, f"{operations}:leave")
    assert jobs.wait(job, 30) == "failed"
    assert "SystemExit" in job.error().what


def test_an_operation_that_does_not_exist_has_failed(workspace, operations):
    job = jobs.start(workspace, f"{operations}:nothing")
    assert jobs.wait(job, 30) == "failed"
    assert job.error().value == f"{operations}:nothing"


def test_a_killed_process_is_lost_and_the_job_names_the_call_that_resumes_it(workspace, operations):
    job = jobs.start(workspace, f"{operations}:sleep")
    os.kill(job.record()["pid"], signal.SIGKILL)
    assert jobs.wait(job, 10) == "lost"
    assert job.describe()["next"] == f"job(action='resume', job='{job.id}')"
    with pytest.raises(JobError, match="lost"):
        job.result()


def test_a_reused_process_number_is_not_the_job(ended):
    assert with_record(ended, pid=os.getpid(), started=time.time() - 86_400).state == "lost"


def test_a_stepped_clock_does_not_lose_a_running_job(workspace, operations):
    job = jobs.start(workspace, f"{operations}:sleep")
    assert with_record(job, started=job.record()["started"] + 3600).state == "running"


def test_a_start_that_never_came_to_a_process_is_lost_after_half_a_minute(ended):
    with_record(ended, pid=None)
    assert ended.state == "running"
    past = time.time() - 60
    os.utime(ended.folder / "job.json", (past, past))
    assert ended.state == "lost"


def test_a_job_on_another_machine_is_judged_by_its_heartbeat(ended):
    with_record(ended, host="elsewhere", pid=os.getpid())
    (ended.folder / "heartbeat").touch()
    assert ended.state == "running"
    past = time.time() - 60
    os.utime(ended.folder / "heartbeat", (past, past))
    assert ended.state == "lost"


def test_the_heartbeat_is_touched_every_second(workspace, operations, until):
    job = jobs.start(workspace, f"{operations}:sleep", {"seconds": 10})
    beat = job.folder / "heartbeat"
    until(beat.exists)
    first = beat.stat().st_mtime
    assert 0.5 < until(lambda: beat.stat().st_mtime > first and beat.stat().st_mtime) - first < 3


def test_the_description_holds_what_a_list_needs(workspace, operations, increment):
    job = jobs.start(workspace, f"{operations}:steps", {"n": 2}, increment=1)
    jobs.wait(job, 30)
    described = job.describe()
    assert described["id"] == job.id
    assert described["state"] == "finished"
    assert described["increment"] == increment.id
    assert described["progress"]["message"] == "step 2"
    assert 0 < described["seconds"] < 30


def test_a_lost_job_took_as_long_as_its_heart_beat(ended):
    begun = datetime.fromisoformat(ended.record()["begun"]).timestamp()
    os.utime(ended.folder / "heartbeat", (begun + 7, begun + 7))
    assert ended.state == "lost"
    assert ended.seconds() == pytest.approx(7)


def test_the_time_between_attempts_does_not_count(workspace, operations):
    job = jobs.start(workspace, f"{operations}:crash")
    jobs.wait(job, 30)
    with_record(job, created="2026-01-01T00:00:00+00:00", begun="2026-01-01T00:00:00+00:00")
    assert job.seconds() > 86_400
    jobs.resume(job)
    jobs.wait(job, 30)
    assert job.seconds() < 30
    assert job.record()["created"] == "2026-01-01T00:00:00+00:00"


def test_a_damaged_record_is_named(ended):
    (ended.folder / "job.json").write_text("[]")
    with pytest.raises(JobError, match="damaged"):
        ended.record()


def test_a_lost_job_says_what_can_be_known_about_the_cause(ended, monkeypatch):
    ended.log.write_text("first\nOSError: [Errno 28] No space left on device\n\n", "utf-8")
    assert ended.describe()["cause"] == (
        "Its process ended without a word; the log ends with: OSError: [Errno 28] No space left on device."
    )
    monkeypatch.setattr("specweave.jobs.job.shutil.disk_usage", lambda path: SimpleNamespace(free=300_000))
    assert f"The disk that holds {ended.workspace.folder} is full (0.3 MB free)" in ended.cause()
    with pytest.raises(JobError, match=r"is full .*action='resume'"):
        ended.result()
    said = described(ended)
    assert "is full (0.3 MB free)" in said
    assert f"Next: job(action='resume', job='{ended.id}')" in said
    ended.log.unlink()
    assert "log ends" not in ended.cause()
