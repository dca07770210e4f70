"""The work of a training job, done in the job's own process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specweave import increments
from specweave.progress import Progress
from specweave.rendering import number, percent, seconds
from specweave.tools.answers import bounded, bullets, paths, table
from specweave.workspace import IncrementFolder, Workspace

if TYPE_CHECKING:
    from specweave.training import Prepared, TrainingResult


def train(
    workspace: Workspace, *, progress: Progress, increment: str, candidates: list[str] | None = None
) -> dict[str, Any]:
    """Read, profile, look for leaks, split, seal, then baselines and candidates; safe to call again after a kill."""
    from specweave.training import prepare, run_training

    folder = workspace.increment(increment)
    prepared = prepare(workspace, folder, increments.read_problem(folder), progress=progress)
    increments.write_problem(folder, prepared.problem)
    increments.refresh_plan(folder, prepared.profile, prepared.problem)
    increments.activate(folder)
    result = run_training(folder, prepared.problem, candidates=candidates, progress=progress)
    increments.mark_done(folder, "experiments")
    return {"text": _answer(workspace, folder, prepared, result), "result": result.model_dump(mode="json")}


def run_user_code(
    workspace: Workspace,
    *,
    progress: Progress,
    increment: str,
    path: str,
    kind: str,
    arguments: list[str],
    python: str | None,
    allow_outside: bool,
) -> dict[str, Any]:
    """Run the user's script or notebook in the project's interpreter and record what it did."""
    from specweave.jobs.scripts import run_script

    folder = workspace.increment(increment)
    outcome = run_script(
        workspace,
        folder.id,
        path,
        kind=kind,
        arguments=arguments,
        python=python,
        allow_outside=allow_outside,
        progress=progress,
    )
    increments.activate(folder)
    return {"text": outcome.summary(), "result": outcome.as_dict()}


def _answer(workspace: Workspace, folder: IncrementFolder, prepared: Prepared, result: TrainingResult) -> str:
    return bounded([])
