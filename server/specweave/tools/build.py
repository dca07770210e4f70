"""The main job from one command: create, train, evaluate; continued where it was interrupted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from specweave import increments, jobs
from specweave.jobs import Job
from specweave.progress import Progress
from specweave.tools.calls import perform
from specweave.tools.operations.experiments import work_for
from specweave.tools.operations.jobs import described
from specweave.workspace import IncrementFolder, Workspace

Say = Callable[[str], object]
_OPEN = ("planning", "active")


def build(request: str, *, project: str | None, progress: Progress, say: Say, **options: Any) -> str:
    """The text of the evaluation; what came before is told through `say`.

    The same request on the same data continues its increment as long as that is not evaluated.
    """
    candidates = options.pop("candidates", ())
    workspace = Workspace.find_or_create(project)
    folder = _unfinished(workspace, request, options["data"], options.get("target"))
    if folder:
        say(f"Continuing increment {folder.id}.")
    else:
        given = {k: list(v) if isinstance(v, tuple) else v for k, v in options.items() if v not in (None, ())}
        say(
            perform(
                "create_increment",
                {"request": request, "allow_outside": True, **given},
                root=str(workspace.root),
                progress=progress,
            )
        )
        folder = workspace.increment_folders()[-1]
    say(run(folder.id, project=str(workspace.root), progress=progress, say=say, candidates=list(candidates) or None))
    return perform(
        "evaluate_model",
        {"increment": folder.id, "purpose": "first evaluation after training"},
        root=str(workspace.root),
        progress=progress,
    )


def run(increment: str, *, project: str | None, progress: Progress, say: Say, **arguments: Any) -> str:
    """A training or script job watched to its end; an interrupt cancels it and says how to go on."""
    workspace = Workspace.find(project)
    folder = workspace.increment(increment)
    operation, work = work_for(workspace, folder, **arguments)
    job = _resumable(workspace, folder, operation, work) or jobs.start(workspace, operation, work, increment=folder.id)
    try:
        while job.state == "running":
            jobs.wait(job, 45, progress)
    except KeyboardInterrupt:
        jobs.cancel(job)
        say(f"\nStopped. Finished folds are kept: repeat the command, or run `sw-ml job resume {job.id}`.")
        raise
    return described(job)


def demo(folder: str, *, progress: Progress, say: Say) -> str:
    """The main job on the bundled sample, in a project of its own."""
    from specweave.samples import sample_path

    root = Path(folder)
    data = root / "data" / "census_income.csv.gz"
    data.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(sample_path("census_income"), data)
    Workspace.find_or_create(root)
    say(f"Project: {root.resolve()}")
    request = "Predict whether a person earns more than 50,000 dollars a year"
    return build(
        request, project=str(root), progress=progress, say=say, data="data/census_income.csv.gz", target="income"
    )


def _unfinished(workspace: Workspace, request: str, data: str, target: str | None) -> IncrementFolder | None:
    for folder in reversed(workspace.increment_folders()):
        if folder.metadata().get("status") not in _OPEN or (folder.reports / "evaluation.json").exists():
            continue
        problem = increments.read_problem(folder)
        same_data = problem.data is not None and _same_file(workspace, problem.data.location, data)
        if problem.request == request and same_data and target in (None, problem.target):
            return folder
    return None


def _same_file(workspace: Workspace, recorded: str, given: str) -> bool:
    if "://" in given:
        return recorded == given
    return (workspace.root / recorded).resolve() == (workspace.root / Path(given).expanduser()).resolve()


def _resumable(workspace: Workspace, folder: IncrementFolder, operation: str, work: dict[str, Any]) -> Job | None:
    wanted = {"operation": operation, "increment": folder.id, "arguments": work}
    for job in jobs.list_jobs(workspace):
        record = job.record()
        if {key: record[key] for key in wanted} != wanted:
            continue
        if job.state in ("lost", "cancelled"):
            return jobs.resume(job)
        return job if job.state == "running" else None
    return None
