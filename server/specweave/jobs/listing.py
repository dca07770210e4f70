"""The jobs of a workspace: all, one by its name, and the removal of old ones."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from specweave.errors import JobError, SpecweaveError, listing, suggestion
from specweave.jobs.job import RECORD, Job
from specweave.workspace import Workspace

KEPT_FOLDERS = 200
_NAME = re.compile(r"job-\d{8}-\d{6}-[0-9a-z]{4}")
_REMOVED = ".removed-"


def list_jobs(workspace: Workspace) -> list[Job]:
    """Every job, newest first."""
    dated = []
    for job in _folders(workspace):
        try:
            dated.append((job.record()["created"], job))
        except (SpecweaveError, KeyError):
            continue  # removed this moment, or damaged by hand
    return [job for _, job in sorted(dated, key=lambda pair: pair[0], reverse=True)]


def get(workspace: Workspace, ref: str) -> Job:
    """The job named by its full id, by the end of it ("k3f9"), or by "latest".

    Raises JobError with the known ids when none or several fit.
    """
    jobs = list_jobs(workspace)
    wanted = str(ref).strip().lower()
    if wanted == "latest" and jobs:
        return jobs[0]
    found = [job for job in jobs if job.id == wanted] or [job for job in jobs if wanted and job.id.endswith(wanted)]
    if len(found) == 1:
        return found[0]
    ids = [job.id for job in found or jobs]
    raise JobError(
        "Several jobs end like that" if found else "No job by that id",
        value=ref,
        allowed=listing(ids) if ids else "none yet: no job was started in this project",
        next_step=suggestion(wanted, ids) or "job(action='list')",
    )


def prune(workspace: Workspace, keep: int = KEPT_FOLDERS) -> None:
    """Remove the oldest ended jobs beyond `keep` folders; running and lost ones stay.

    Called under the lock of `start`, because half-made folders of killed starters are removed as well.
    """
    for leftover in workspace.jobs.glob(f"{_REMOVED}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    if len(_folders(workspace)) <= keep:
        return
    for job in list_jobs(workspace)[keep:]:
        if job.state not in ("running", "lost"):
            _remove(job.folder)


def _remove(folder: Path) -> None:
    # Renamed first, so a crash in the middle leaves no folder that looks like a job.
    aside = folder.with_name(_REMOVED + folder.name)
    try:
        folder.rename(aside)
    except OSError:
        return
    shutil.rmtree(aside, ignore_errors=True)


def _folders(workspace: Workspace) -> list[Job]:
    if not workspace.jobs.is_dir():
        return []
    named = (p for p in workspace.jobs.iterdir() if _NAME.fullmatch(p.name))
    return [Job(p) for p in named if (p / RECORD).is_file()]
