"""Starting a job, and starting it again."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import socket
import string
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from specweave.errors import JobError, shorten
from specweave.jobs import processes
from specweave.jobs.job import CANCELLED, ERROR, RECORD, Job, read_clock
from specweave.jobs.listing import list_jobs, prune
from specweave.jobs.surroundings import expose_package, search_path
from specweave.workspace import (
    INCREMENT_VARIABLE,
    ROOT_VARIABLE,
    Workspace,
    lock,
    storage_errors,
    write_json,
    write_text,
)

_OPERATION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_LOCK = ".lock"


def start(
    workspace: Workspace,
    operation: str,
    arguments: dict[str, Any] | None = None,
    *,
    increment: str | int | None = None,
    python: str | os.PathLike[str] | None = None,
    exclusive: bool = True,
) -> Job:
    """Run `operation` ("module:function") in a detached process and return at once (about 0.1 s).

    The function is called as `function(workspace, progress=…, **arguments)`; what it returns becomes result.json.
    Arguments are stored, so they hold no secrets; the environment is passed on and never stored.
    `python` is another interpreter (3.11 or newer) than the one that runs now.
    A second running job of the same operation on the same increment is refused with JobError; with `exclusive=False`,
    or without an increment, only when its arguments are the same as well.
    """
    record = {
        "operation": _checked_operation(operation),
        "arguments": _checked_arguments(arguments or {}),
        "increment": None if increment is None else workspace.increment(increment).id,
        "interpreter": {"path": os.fspath(python or sys.executable), "named": python is not None},
        "exclusive": exclusive,
        "attempt": 1,
        "created": read_clock(),
        "begun": read_clock(),
    }
    with _jobs_lock(workspace):
        prune(workspace)
        _refuse_second(workspace, record)
        job = _create(workspace, record)
        try:
            _spawn(job, record)
        except JobError:
            shutil.rmtree(job.folder, ignore_errors=True)
            raise
    return job


def resume(job: Job) -> Job:
    """Start the same operation with the same arguments again, in the same folder, as the next attempt.

    For jobs that failed, were cancelled or got lost; what the operation finished before is its own to pick up.
    Raises JobError when the job is running or has its result.
    """
    with _jobs_lock(job.workspace):
        state = job.state
        if state in ("running", "finished"):
            raise JobError(
                f"The job is {state}, there is nothing to resume",
                value=job.id,
                allowed="jobs that failed, were cancelled or got lost",
                next_step=job.next_call(state),
            )
        record = job.record()
        _refuse_second(job.workspace, record)
        processes.kill(processes.members(str(job.folder)))
        _put_aside_outcomes(job, record["attempt"])
        record |= {"attempt": record["attempt"] + 1, "begun": read_clock()}
        if not record["interpreter"]["named"]:
            record["interpreter"]["path"] = sys.executable
        _spawn(job, record)
    return job


@contextlib.contextmanager
def _jobs_lock(workspace: Workspace) -> Iterator[None]:
    ignore = workspace.jobs / ".gitignore"
    if not ignore.exists():
        write_text(ignore, "*\n")
    with lock(workspace.jobs / _LOCK):
        yield


def _checked_operation(operation: str) -> str:
    if not _OPERATION.fullmatch(operation):
        raise JobError("The operation is not named as a function", value=operation, allowed="module:function")
    return operation


def _checked_arguments(arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        stored: dict[str, Any] = json.loads(json.dumps(arguments, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise JobError(
            f"The arguments cannot be stored: {error}",
            value=arguments,
            allowed="text, finite numbers, true, false, null, lists and objects of these",
        ) from error
    return stored


def _refuse_second(workspace: Workspace, record: dict[str, Any]) -> None:
    for other in list_jobs(workspace):
        if _is_twin(record, other.record()) and other.state == "running":
            raise JobError(
                f"The same work is already running as {other.id}",
                value=f"{record['operation']} on {record['increment'] or 'the project'}",
                allowed="one at a time",
                next_step=f"{other.next_call('running')}, or job(action='cancel', job='{other.id}')",
            )


def _is_twin(record: dict[str, Any], other: dict[str, Any]) -> bool:
    keys = ["operation", "increment"]
    if record["increment"] is None or not record["exclusive"]:
        keys.append("arguments")
    return all(record[key] == other[key] for key in keys)


def _create(workspace: Workspace, record: dict[str, Any]) -> Job:
    """A new folder with its record; built aside and renamed, so no reader finds it half made.

    Only its owner may look inside (mkdtemp sees to that): arguments and log may hold what others should not read.
    """
    with storage_errors(workspace.jobs):
        fresh = Path(tempfile.mkdtemp(prefix=".removed-new-", dir=workspace.jobs))
        _write_record(Job(fresh), record, pid=None, argv=[])
        folder = _free_name(workspace)
        fresh.rename(folder)
    return Job(folder)


def _free_name(workspace: Workspace) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    while True:
        suffix = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(4))
        folder = workspace.jobs / f"job-{stamp}-{suffix}"
        if not folder.exists():
            return folder


def _write_record(job: Job, record: dict[str, Any], *, pid: int | None, argv: list[str]) -> None:
    # The child writes its own number under the same lock, should this process die before the second write.
    identity = {
        "argv": argv,
        "pid": pid,
        "started": None if pid is None else processes.start_time(pid),
        "host": socket.gethostname(),
    }
    write_json(job.folder / RECORD, record | identity)


def claim(job: Job, pid: int) -> dict[str, Any]:
    """Called by the job's process: its record, with its own identity in it even if the starter was killed."""
    with _jobs_lock(job.workspace):
        record = job.record()
        if record["pid"] is None:
            _write_record(job, record, pid=pid, argv=record["argv"])
        return job.record()


def _spawn(job: Job, record: dict[str, Any]) -> None:
    python = record["interpreter"]["path"]
    argv = [python, "-P", "-m", "specweave.jobs.child", str(job.folder)]
    _write_record(job, record, pid=None, argv=argv)
    try:
        with job.log.open("ab") as log:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=job.workspace.root,
                env=_environment(job, record),
                **_detached(),
            )
    except OSError as error:
        raise JobError(
            f"The interpreter does not start: {error.strerror or shorten(error)}",
            value=python,
            next_step="name a Python that runs, or leave python out",
        ) from error
    _write_record(job, record, pid=process.pid, argv=argv)
    # Somebody has to take the exit code, or the dead process stays in the table while this one lives.
    threading.Thread(target=process.wait, name=f"reap {job.id}", daemon=True).start()


def _environment(job: Job, record: dict[str, Any]) -> dict[str, str]:
    chosen = dict(os.environ)
    chosen |= {processes.JOB_VARIABLE: str(job.folder), ROOT_VARIABLE: str(job.workspace.root)}
    chosen |= {"PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}
    if record["increment"]:
        chosen[INCREMENT_VARIABLE] = record["increment"]
    if record["interpreter"]["named"]:
        package = expose_package(job.folder / "path")
        chosen["PYTHONPATH"] = search_path(package, chosen.get("PYTHONPATH", ""))
    return chosen


def _detached() -> dict[str, Any]:
    if os.name == "nt":  # pragma: no cover
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS  # type: ignore[attr-defined,unused-ignore]
        return {"creationflags": flags}
    return {"start_new_session": True}


def _put_aside_outcomes(job: Job, attempt: int) -> None:
    """The outcome of an earlier attempt keeps its content under another name."""
    with storage_errors(job.folder):
        for name in (ERROR, CANCELLED):
            outcome = job.folder / name
            if outcome.exists():
                outcome.rename(outcome.with_stem(f"{outcome.stem}-{attempt}"))
        for torn in job.folder.glob(".*.tmp"):
            torn.unlink(missing_ok=True)
