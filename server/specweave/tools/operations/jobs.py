"""job: wait, status, cancel, resume, list. Runs in the server, so it imports nothing heavy."""

from __future__ import annotations

from specweave import jobs
from specweave.jobs import Job
from specweave.rendering import seconds
from specweave.tools.answers import bounded, bullets
from specweave.tools.calls import Call


def job(call: Call) -> str:
    given = call.arguments
    if given.action == "list":
        return _listing(call)
    found = jobs.get(call.workspace, given.job)
    if given.action == "cancel":
        jobs.cancel(found)
    elif given.action == "resume":
        jobs.resume(found)
    elif given.action == "wait":
        jobs.wait(found, given.seconds, call.progress)
    return described(found)


def described(found: Job) -> str:
    """How the job ended, or where it stands and the call to make next.

    Raises the job's own error when it failed.
    """
    state = found.state
    if state == "finished":
        return str(found.result()["text"])
    if state == "failed":
        raise found.error()
    if state == "running":
        now = f"Job {found.id} has been running for {seconds(found.seconds())}: {_position(found)}."
    else:
        why = f" {found.cause()}" if state == "lost" else ""
        now = f"Job {found.id} is {state}; finished experiments and folds are kept.{why}"
    return f"{now}\nNext: {found.next_call(state)}"


def _position(found: Job) -> str:
    line = found.progress()
    if line is None:
        return "starting"
    share = f"{100 * line.done / line.total:.0f} %, " if line.total else ""
    return share + line.message.rstrip(".")


def _listing(call: Call) -> str:
    found = jobs.list_jobs(call.workspace)
    if not found:
        return "No jobs yet."
    lines = [
        f"{job.id} {job.state}, increment {job.record()['increment'] or 'none'}, {_position(job)}" for job in found
    ]
    return bounded([f"{len(found)} jobs, newest first.", *bullets(lines)])
