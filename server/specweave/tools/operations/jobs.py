"""job: wait, status, cancel, resume, list. Runs in the server, so it imports nothing heavy."""

from __future__ import annotations

from specweave import jobs
from specweave.rendering import seconds
from specweave.tools.answers import bounded, bullets
from specweave.tools.calls import Call


def job(call: Call) -> str:
    given = call.arguments
    if given.action == "list":
        return _listing(call)
    found = jobs.get(call.workspace, given.job)
    if given.action == "cancel":
        return described(jobs.cancel(found))
    if given.action == "resume":
        found = jobs.resume(found)
        return f'Job {found.id} runs again, attempt {found.attempt}.\nNext: call job with action="wait", job="{found.id}".'
    if given.action == "wait":
        found = jobs.wait(found, given.seconds, call.progress)
    return described(found)


def described(found: jobs.Job) -> str:
    """Where the job stands, and the call to make next."""
    if found.state == "running":
        return f'Job {found.id} is still running after {seconds(found.age)}: {found.last_message}\nNext: call job with action="wait", job="{found.id}".'
    return ended(found)


def ended(found: jobs.Job) -> str:
    if found.state == "finished":
        return str(found.result["text"])
    if found.state == "failed":
        return f"Job {found.id} failed. {found.error}\nLog: {found.log}"
    return f'Job {found.id} is {found.state}; finished experiments and folds are kept.\nNext: call job with action="resume", job="{found.id}".'


def _listing(call: Call) -> str:
    found = jobs.list_jobs(call.workspace)
    if not found:
        return "No jobs yet."
    lines = [f"{j.id} {j.state} {j.increment or ''} {j.last_message}".rstrip() for j in found]
    return bounded([f"{len(found)} jobs.", *bullets(lines), ""]).rstrip()
