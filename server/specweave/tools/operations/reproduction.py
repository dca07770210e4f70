"""reproduce_experiment: as a job for assistants, in the foreground for terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specweave import jobs
from specweave.experiments import open_experiment
from specweave.progress import Progress
from specweave.tools.answers import bounded, bullets
from specweave.tools.calls import Call
from specweave.tools.operations.experiments import QUICK_SECONDS
from specweave.tools.operations.jobs import described
from specweave.workspace import Workspace

if TYPE_CHECKING:
    from specweave.reproduction import Reproduction

AGAIN = "specweave.tools.operations.reproduction:run_again"


def reproduce_experiment(call: Call) -> str:
    """The outcome when it takes no longer than 20 s, else the job to wait for."""
    given = call.arguments
    folder = call.workspace.increment(given.increment)
    record = open_experiment(folder, given.experiment)
    arguments = {
        "increment": folder.id,
        "experiment": record.id,
        "exact_env": given.exact_env,
        "python": given.python,
    }
    job = jobs.start(call.workspace, AGAIN, arguments, increment=folder.id)
    jobs.wait(job, QUICK_SECONDS, call.progress)
    if job.state != "running":
        return described(job)
    return f"Job {job.id} is running {record.id} again in the background.\nNext: {job.next_call()}"


def run_again(
    workspace: Workspace, *, progress: Progress, increment: str, experiment: str, exact_env: bool, python: str | None
) -> dict[str, Any]:
    """The work of the job."""
    from specweave import reproduction

    folder = workspace.increment(increment)
    found = reproduction.reproduce_experiment(folder, experiment, exact_env=exact_env, python=python, progress=progress)
    return {"text": _answer(found), "result": {"verdict": found.verdict, "documents": list(found.documents)}}


def reproduce_here(
    increment: str,
    experiment: str,
    *,
    exact_env: bool,
    python: str | None,
    project: str | None,
    progress: Progress,
) -> tuple[str, bool]:
    """Run it in this process; the answer, and whether the experiment was reproduced."""
    from specweave import reproduction

    folder = Workspace.find(project).increment(increment)
    found = reproduction.reproduce_experiment(folder, experiment, exact_env=exact_env, python=python, progress=progress)
    return _answer(found), found.reproduced


def _answer(found: Reproduction) -> str:
    changes = [f"{c.kind} ({c.effect}): {c.sentence}" for c in found.changes]
    differing = [f"{i.what} {i.name}: {i.recorded} is now {i.now}" for i in found.items if i.outcome == "differs"]
    return bounded(
        [
            found.sentence,
            f"{found.how[0].upper()}{found.how[1:]}.",
            *bullets(changes, most=10),
            *bullets(differing, most=10),
            *found.notes,
            "Files: " + ", ".join(found.documents),
        ]
    )
