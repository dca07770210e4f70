"""Completion: refused while a check fails or work is missing, unless a person gives a reason that is kept."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

from specweave.checks import CheckResult, run_checks, write_validation_report
from specweave.checks.completion_earned import KEY as COMPLETION
from specweave.checks.muting import LEAST_REASON
from specweave.data.muting_log import who_is_here
from specweave.errors import CheckError, IncrementError, SpecweaveError, listing
from specweave.increments.criteria import Verification, tick_verified, verifications
from specweave.increments.guidance import next_step
from specweave.increments.lifecycle import move
from specweave.increments.metadata import now, update_metadata
from specweave.increments.summary import SUMMARY, write_summary
from specweave.increments.tasks import mark_done
from specweave.spec_file import read_problem
from specweave.witness_file import write_down
from specweave.workspace import IncrementFolder

_WAYS = {
    "planning": ("active", "ready_for_review", "completed"),
    "active": ("ready_for_review", "completed"),
    "ready_for_review": ("completed",),
}


def complete_increment(folder: IncrementFolder, override_reason: str | None = None) -> Path:
    """Run the checks, write reports/COMPLETION-SUMMARY.md and set the status; the path of the summary.

    Raises CheckError naming what fails, with its remedies, when a check fails or a step of the work is missing; a
    person's `override_reason` completes all the same and is recorded in metadata.json and in the summary. Raises
    IncrementError from a status that does not lead to completion.
    """
    way = _way(folder)
    results = run_checks(folder)
    write_validation_report(folder, results)
    reason = (override_reason or "").strip()
    obstacles = _obstacles(folder, results)
    if obstacles and not reason:
        raise _refusal(folder, results, obstacles)
    override = _override(folder, reason, obstacles) if obstacles else None
    criteria = _criteria(folder, results)
    path = write_summary(folder, results, override, criteria)
    if folder.spec.exists():
        tick_verified(folder, results)
    for stage in ("validation", "completion"):
        mark_done(folder, stage)
    unverified = [f"{one.id} ({one.how})" for one in criteria if not one.verified]
    update_metadata(
        folder, completion={"summary": f"reports/{SUMMARY}", "override": override, "unverified": unverified}
    )
    move(folder, way, reason=reason)
    summary = hashlib.sha256(path.read_bytes()).hexdigest()
    write_down(folder, {COMPLETION: summary, "override": override is not None})
    return path


def _override(folder: IncrementFolder, reason: str, obstacles: list[str]) -> dict[str, Any]:
    """What is kept of a person's decision: the reason, who, when, from where, and what stood against it."""
    if len(reason) < LEAST_REASON:
        raise CheckError(
            "An override needs a reason a reader can judge",
            value=reason,
            allowed=f"a sentence of at least {LEAST_REASON} characters, in the words of the person who decides",
            next_step="ask the person for the reason; " + " ".join(obstacles)[:300],
        )
    terminal = sys.stdin is not None and sys.stdin.isatty()
    return {"reason": reason, "by": who_is_here(folder.root), "at": now(), "terminal": terminal, "obstacles": obstacles}


def _criteria(folder: IncrementFolder, results: list[CheckResult]) -> list[Verification]:
    """The acceptance criteria; none where spec.md cannot be read, which an override may have to work around."""
    try:
        return verifications(folder, read_problem(folder), results)
    except SpecweaveError:
        return []


def _way(folder: IncrementFolder) -> tuple[str, ...]:
    status = str(folder.metadata().get("status"))
    if status in _WAYS:
        return _WAYS[status]
    raise IncrementError(
        f"An increment that is {status} cannot be completed",
        value=folder.id,
        allowed=listing(_WAYS),
        next_step="nothing is left to do" if status == "completed" else "set its status to active first",
    )


def _obstacles(folder: IncrementFolder, results: list[CheckResult]) -> list[str]:
    failing = [f"{r.code} {r.title}: {r.sentence}" for r in results if r.verdict == "failed"]
    if failing:
        return failing
    step = next_step(folder)
    # A model that nobody explained is warned of (ML010) and shows as an unverified criterion; it does not refuse.
    return [] if step.tool in ("complete_increment", "explain_model") else [f"Unfinished: {step.sentence}"]


def _refusal(folder: IncrementFolder, results: list[CheckResult], obstacles: list[str]) -> CheckError:
    remedies = [f"{r.code}: {r.remedy}" for r in results if r.verdict == "failed" and r.remedy]
    if not remedies:
        step = next_step(folder)
        remedies = [str(step)]
    return CheckError(
        f"{folder.id} cannot be completed. " + " ".join(obstacles),
        next_step=" ".join(remedies) + " A person may also complete it with a reason: "
        f'`sw-ml done {folder.id} --override-reason "…"`',
    )
