"""run_experiment: the cheap part here and now, the long part as a job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from specweave import increments, jobs
from specweave.errors import ProblemError, SpecweaveError
from specweave.rendering import seconds
from specweave.tools.answers import bounded, bullets
from specweave.tools.calls import Call
from specweave.tools.operations.estimates import estimated_seconds, known_findings
from specweave.tools.operations.jobs import described
from specweave.workspace import IncrementFolder, Workspace

QUICK_SECONDS = 20.0
TRAIN = "specweave.tools.operations.training:train"
RUN_CODE = "specweave.tools.operations.training:run_user_code"


def run_experiment(call: Call) -> str:
    """The finished result when it takes no longer than 20 s, else the job to wait for."""
    folder = call.workspace.increment(call.arguments.increment)
    given = call.arguments.model_dump(exclude={"project", "increment"})
    operation, arguments = work_for(call.workspace, folder, **given)
    expected = estimated_seconds(folder) if operation == TRAIN else None
    job = jobs.start(call.workspace, operation, arguments, increment=folder.id)
    if expected is None or expected <= QUICK_SECONDS:
        jobs.wait(job, QUICK_SECONDS, call.progress)
    leaks = _code_leaks(arguments) if operation == RUN_CODE else []
    if job.state != "running":
        return bounded([described(job), *bullets(leaks, most=5)]) if leaks else described(job)
    estimate = f", about {seconds(expected)}" if expected else ""
    return bounded(
        [
            f"Job {job.id} is training in the background{estimate}.",
            *bullets([*leaks, *known_findings(folder)], most=8),
            f"Next: {job.next_call()}",
        ]
    )


def _code_leaks(arguments: dict[str, Any]) -> list[str]:
    """What static analysis says of the user's code, a line each; nothing of what a person allowed."""
    from specweave.leakage.code import examine_file
    from specweave.leakage.code.wording import sentence

    path = Path(arguments["path"])
    report = examine_file(path, path.name)
    return [f"leak in code: {sentence(report, found)} {found.fix}" for found in report.findings if found.fails]


def work_for(
    workspace: Workspace,
    folder: IncrementFolder,
    *,
    candidates: list[str] | None = None,
    script: str | None = None,
    notebook: str | None = None,
    arguments: list[str] | None = None,
    python: str | None = None,
    allow_outside: bool = False,
) -> tuple[str, dict[str, Any]]:
    """The job's operation and arguments; what can be judged without starting it is judged here."""
    if script and notebook:
        raise SpecweaveError(
            "Both a script and a notebook are named",
            allowed="one of them",
            next_step="call run_experiment once for each",
        )
    code = script or notebook
    if code is None:
        _ready(folder, candidates or [])
        return TRAIN, {"increment": folder.id, "candidates": candidates}
    found = workspace.resolve_input(code, allow_outside=allow_outside)
    return RUN_CODE, {
        "increment": folder.id,
        "path": str(found),
        "kind": "notebook" if notebook else "script",
        "arguments": arguments or [],
        "python": python,
        "allow_outside": allow_outside,
    }


def _ready(folder: IncrementFolder, candidates: list[str]) -> None:
    """Refuse what the training would refuse, before it seals a test set."""
    problem = increments.read_problem(folder)
    missing = [name for name, value in (("data", problem.data), ("target", problem.target)) if value is None]
    if missing:
        raise ProblemError(
            f"Increment {folder.id} has no {' and no '.join(missing)}",
            next_step=f'call profile_data with increment="{folder.id}", data="…" and target="…"',
        )
    if candidates:
        from specweave.problems import check_candidates

        check_candidates(problem.kind, candidates)
