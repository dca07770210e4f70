"""Waiting for a job and ending one."""

from __future__ import annotations

import signal
import socket
import time

from specweave.errors import JobError
from specweave.jobs import processes
from specweave.jobs.job import CANCELLED, PROGRESS, RESULT, Job, JobState, read_clock
from specweave.jobs.progress_file import ProgressReader
from specweave.progress import Progress, silent
from specweave.workspace import write_json

MAX_WAIT_SECONDS = 45.0
GRACE_SECONDS = 3.0
_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.25


def wait(job: Job, seconds: float = MAX_WAIT_SECONDS, on_progress: Progress = silent) -> JobState:
    """The job's state as soon as it has ended, or after `seconds` (at most 45).

    `on_progress` first hears where the job stands, then every line the job adds.
    """
    deadline = time.monotonic() + min(max(seconds, 0.0), MAX_WAIT_SECONDS)
    reader = ProgressReader(job.folder / PROGRESS)
    latest = job.progress()
    if latest is not None:
        on_progress(latest.done, latest.total, latest.message)
    pause = _FIRST_PAUSE
    while True:
        state = job.state
        for line in reader.new_lines():
            on_progress(line.done, line.total, line.message)
        remaining = deadline - time.monotonic()
        if state != "running" or remaining <= 0:
            return state
        time.sleep(min(pause, remaining))
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def cancel(job: Job, grace_seconds: float = GRACE_SECONDS) -> JobState:
    """End the job and every process it started; returns the state, "finished" or "failed" if it was quicker.

    Asks with SIGTERM, so that running work can close its records, and kills what is left after the grace period.
    """
    state = job.state
    if state in ("finished", "failed", "cancelled"):
        return state
    record = job.record()
    if record["host"] != socket.gethostname() and state == "running":
        raise JobError(
            "The job runs on another machine",
            value=record["host"],
            next_step=f"cancel it there, process {record['pid']}",
        )
    # Written before the first signal: whoever looks at the dying job sees "cancelled", never "lost".
    write_json(job.folder / CANCELLED, {"requested": read_clock(), "attempt": record["attempt"]})
    _end_processes(job, record["pid"] if state == "running" else None, grace_seconds)
    return job.state


def _end_processes(job: Job, leader: int | None, grace_seconds: float) -> None:
    found = processes.members(str(job.folder), leader)
    if leader is not None:
        processes.signal_group(leader, signal.SIGTERM)
    outside = [process for process in found if not processes.is_in_group(process, leader)]
    processes.ask_to_stop(outside)
    processes.remaining(found, grace_seconds)
    # Asked again: work that was told to stop may have started something in the meantime.
    survivors = processes.kill(processes.members(str(job.folder), leader))
    if survivors and not (job.folder / RESULT).exists():
        raise JobError(
            "Some processes of the job could not be ended",
            value=", ".join(str(process.pid) for process in survivors),
            next_step="end them with the rights they run under",
        )
