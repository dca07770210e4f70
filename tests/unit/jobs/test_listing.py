from __future__ import annotations

import socket

import pytest

from specweave import jobs
from specweave.errors import JobError
from specweave.jobs.job import Job
from specweave.jobs.listing import prune
from specweave.workspace import write_json


def make(workspace, name: str, created: str, outcome: str | None = "result.json") -> Job:
    """A job folder as an ended job leaves it."""
    folder = workspace.jobs / name
    record = {"operation": "a:b", "arguments": {}, "increment": None, "pid": 2**22 + 1, "started": 0.0}
    write_json(
        folder / "job.json",
        record | {"argv": ["x", "y"], "host": socket.gethostname(), "attempt": 1, "created": created, "begun": created},
    )
    if outcome:
        write_json(folder / outcome, None)
    return Job(folder)


def test_the_newest_job_comes_first(workspace):
    make(workspace, "job-20260101-000000-aaaa", "2026-01-01T00:00:00.000003+00:00")
    make(workspace, "job-20260101-000000-zzzz", "2026-01-01T00:00:00.000001+00:00")
    make(workspace, "job-20260101-000000-bbbb", "2026-01-01T00:00:00.000002+00:00")
    assert [job.id[-4:] for job in jobs.list_jobs(workspace)] == ["aaaa", "bbbb", "zzzz"]


def test_no_jobs_is_an_empty_list(workspace):
    assert jobs.list_jobs(workspace) == []
    with pytest.raises(JobError, match="none yet"):
        jobs.get(workspace, "latest")


@pytest.mark.parametrize("ref", ["job-20260101-000000-ab12", "ab12", "000000-ab12", " AB12 ", "latest"])
def test_a_job_is_found_by_its_id_the_end_of_it_or_as_the_latest(workspace, ref):
    make(workspace, "job-20250101-000000-cd34", "2025-01-01T00:00:00+00:00")
    job = make(workspace, "job-20260101-000000-ab12", "2026-01-01T00:00:00+00:00")
    assert jobs.get(workspace, ref) == job


def test_an_unknown_id_is_answered_with_the_known_ones(workspace):
    make(workspace, "job-20260101-000000-ab12", "2026-01-01T00:00:00+00:00")
    with pytest.raises(JobError) as caught:
        jobs.get(workspace, "zz99")
    assert "job-20260101-000000-ab12" in caught.value.allowed
    with pytest.raises(JobError):
        jobs.get(workspace, "../../etc")
    with pytest.raises(JobError):
        jobs.get(workspace, "")


def test_an_ending_that_fits_several_is_refused(workspace):
    make(workspace, "job-20260101-000000-ab12", "2026-01-01T00:00:00+00:00")
    make(workspace, "job-20260101-000001-ab12", "2026-01-01T00:00:01+00:00")
    with pytest.raises(JobError, match="Several"):
        jobs.get(workspace, "ab12")


def test_folders_without_a_record_are_no_jobs(workspace):
    (workspace.jobs / "job-20260101-000000-ab12").mkdir(parents=True)
    (workspace.jobs / "notes").mkdir()
    assert jobs.list_jobs(workspace) == []


def test_pruning_removes_the_oldest_ended_jobs_only(workspace):
    outcomes = ["error.json", None, "cancelled.json", "result.json", "result.json"]
    for minute, outcome in enumerate(outcomes):
        make(workspace, f"job-20260101-00{minute:02}00-ab1{minute}", f"2026-01-01T00:{minute:02}:00+00:00", outcome)
    (workspace.jobs / ".removed-job-x").mkdir()
    prune(workspace, keep=2)
    assert [job.id[-4:] for job in jobs.list_jobs(workspace)] == ["ab14", "ab13", "ab11"]
    assert not list(workspace.jobs.glob(".removed-*"))


def test_starting_a_job_prunes(workspace, operations, monkeypatch):
    for minute in range(3):
        make(workspace, f"job-20260101-00{minute:02}00-ab1{minute}", f"2026-01-01T00:{minute:02}:00+00:00")
    monkeypatch.setattr("specweave.jobs.listing.prune.__defaults__", (2,))
    job = jobs.start(workspace, f"{operations}:add", {"a": 1, "b": 1})
    assert [found.id[-4:] for found in jobs.list_jobs(workspace)] == [job.id[-4:], "ab12", "ab11"]
