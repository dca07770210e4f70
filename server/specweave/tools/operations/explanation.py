"""explain_model: as a job for assistants, in the foreground for terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specweave import increments, jobs
from specweave.progress import Progress
from specweave.tools.answers import bounded, bullets, paths
from specweave.tools.calls import Call
from specweave.tools.operations.experiments import QUICK_SECONDS
from specweave.tools.operations.jobs import described
from specweave.workspace import IncrementFolder, Workspace

if TYPE_CHECKING:
    from specweave.explanation.result import Explanation

EXPLAIN = "specweave.tools.operations.explanation:explain"
MOST_FINDINGS = 6
MOST_ROWS = 6


def explain_model(call: Call) -> str:
    """The explanation when it takes no longer than 20 s, else the job to wait for."""
    given = call.arguments
    folder = call.workspace.increment(given.increment)
    _ready(folder, given.experiment)
    arguments = {
        "increment": folder.id,
        "experiment": given.experiment,
        "rows": given.rows or [],
        "allow_change": given.allow_change or [],
    }
    job = jobs.start(call.workspace, EXPLAIN, arguments, increment=folder.id)
    jobs.wait(job, QUICK_SECONDS, call.progress)
    if job.state != "running":
        return described(job)
    return f"Job {job.id} is explaining the model in the background.\nNext: {job.next_call()}"


def _ready(folder: IncrementFolder, experiment: str | None) -> None:
    """Refuse here what needs no job to be refused: nothing trained, or an experiment without a model."""
    from specweave.evaluation.choice import chosen_experiment
    from specweave.explanation.standing import standing_experiment

    problem = increments.read_problem(folder)
    own = standing_experiment(folder, problem)
    chosen_experiment(folder, problem, experiment or own)


def explain(
    workspace: Workspace,
    *,
    progress: Progress,
    increment: str,
    experiment: str | None,
    rows: list[str],
    allow_change: list[str],
) -> dict[str, Any]:
    """The work of the job."""
    from specweave.explanation.aside import helping

    folder = workspace.increment(increment)
    with helping() as aside:
        # Imported when the other process has begun to import as well.
        from specweave.explanation.running import explain_increment

        found = explain_increment(
            folder,
            increments.read_problem(folder),
            experiment=experiment,
            rows=rows,
            allow_change=allow_change,
            aside=aside,
            progress=progress,
        )
    if found.documents[0].count("/") == 1:  # the increment's own model, not another one explained aside
        increments.mark_done(folder, "explanation")
    return {"text": _answer(workspace, folder, found), "result": {"documents": list(found.documents)}}


def _answer(workspace: Workspace, folder: IncrementFolder, found: Explanation) -> str:
    told = [f"{one.label}, {one.why}: {one.sentence}" for one in found.rows]
    return bounded(
        [
            found.headline,
            *bullets(found.findings, most=MOST_FINDINGS),
            *bullets(told, most=MOST_ROWS),
            f"Numbers: {found.meaning}",
            f"Next: {increments.next_step(folder)}",
            *paths(workspace, [folder.path / name for name in found.documents]),
        ]
    )
