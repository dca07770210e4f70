"""The main job from one command: create, train, evaluate; continued where it was interrupted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from specweave import increments, jobs
from specweave.errors import JobError, SpecweaveError
from specweave.jobs import Job
from specweave.problem import Problem
from specweave.problems import check_candidates
from specweave.progress import Progress
from specweave.tools.answers import bounded, paths
from specweave.tools.calls import Call, checked, guarded, perform
from specweave.tools.operations.experiments import work_for
from specweave.tools.operations.increments import created
from specweave.tools.operations.jobs import described
from specweave.workspace import IncrementFolder, Workspace, read_json

Say = Callable[[str], object]
EVALUATION = "evaluation.json"
_OPEN = ("planning", "active")


def build(request: str, *, project: str | None, progress: Progress, say: Say, **options: Any) -> tuple[str, str]:
    """The increment's id and the text of its evaluation; what came before is told through `say`.

    The same request on the same data goes on with its increment; where that is evaluated, its result is told again,
    because a second increment on the same rows would be another look at them.
    """
    candidates = list(options.pop("candidates", ())) or None
    workspace = Workspace.find_or_create(project)
    root = str(workspace.root)
    folder = _earlier(workspace, request, options["data"], options.get("target"))
    if folder is None:
        # A misspelt candidate is refused before there is an increment it would leave half begun.
        check_candidates(Problem().kind, candidates or ())
        given = {k: list(v) if isinstance(v, tuple) else v for k, v in options.items() if v not in (None, ())}
        _, arguments = checked("create_increment", {"request": request, "allow_outside": True, **given})
        folder, lines = guarded(created, Call(arguments, root, progress))
        say(bounded(lines))
    elif (folder.reports / EVALUATION).exists():
        return folder.id, _told_again(workspace, folder)
    else:
        say(f"Continuing increment {folder.id}.")
    say(run(folder.id, project=root, progress=progress, say=say, candidates=candidates))
    first = {"increment": folder.id, "purpose": "first evaluation after training"}
    return folder.id, perform("evaluate_model", first, root=root, progress=progress)


def _told_again(workspace: Workspace, folder: IncrementFolder) -> str:
    found = read_json(folder.reports / EVALUATION)
    return bounded(
        [
            f"{found['verdict']} (increment {folder.id}, already evaluated; nothing was done again).",
            *found.get("reasons", []),
            f"Next: {increments.next_step(folder)}",
            *paths(workspace, [folder.reports / "evaluation-report.md"]),
        ]
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
    if job.state in ("lost", "cancelled"):
        raise JobError(described(job))
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
    _, text = build(
        request, project=str(root), progress=progress, say=say, data="data/census_income.csv.gz", target="income"
    )
    return text


def _earlier(workspace: Workspace, request: str, data: str, target: str | None) -> IncrementFolder | None:
    """The newest open increment of the same request on the same data; one that cannot be read is none."""
    for folder in reversed(workspace.increment_folders()):
        try:
            if folder.metadata().get("status") not in _OPEN:
                continue
            problem = increments.read_problem(folder)
        except SpecweaveError:
            continue
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
