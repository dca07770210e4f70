"""deploy_model and load_test: as jobs for assistants, in the foreground for terminals."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from specweave import increments, jobs
from specweave.errors import DeploymentError, listing
from specweave.progress import Progress
from specweave.tools.answers import bounded, bullets
from specweave.tools.calls import Call
from specweave.tools.operations.experiments import QUICK_SECONDS
from specweave.tools.operations.jobs import described
from specweave.workspace import IncrementFolder, Workspace

if TYPE_CHECKING:
    from specweave.deployment.challenging import Challenger
    from specweave.deployment.load import LoadTest
    from specweave.deployment.result import Deployment

DEPLOY = "specweave.tools.operations.deployment:deploy_in_job"
LOAD = "specweave.tools.operations.deployment:load_in_job"


def deploy_model(call: Call) -> str:
    """The outcome when it takes no longer than 20 s, else the job to wait for."""
    folder = call.workspace.increment(call.arguments.increment)
    arguments = {"increment": folder.id, "experiment": call.arguments.experiment}
    return _as_job(call, folder, DEPLOY, arguments, "deploying")


def load_test(call: Call) -> str:
    """The outcome when it takes no longer than 20 s, else the job to wait for."""
    folder = call.workspace.increment(call.arguments.increment)
    arguments = {"increment": folder.id, "url": call.arguments.url, "target_rps": call.arguments.target_rps}
    return _as_job(call, folder, LOAD, arguments, "load-testing")


def _as_job(call: Call, folder: IncrementFolder, operation: str, arguments: dict[str, Any], doing: str) -> str:
    job = jobs.start(call.workspace, operation, arguments, increment=folder.id)
    jobs.wait(job, QUICK_SECONDS, call.progress)
    if job.state != "running":
        return described(job)
    return f"Job {job.id} is {doing} {folder.id} in the background, one to three minutes.\nNext: {job.next_call()}"


def deploy_in_job(
    workspace: Workspace, *, progress: Progress, increment: str, experiment: str | None
) -> dict[str, Any]:
    """The work of the job."""
    text, found = deployed(workspace, increment, experiment=experiment, progress=progress)
    return {"text": text, "result": {"ready": found.ready, "version": found.version}}


def load_in_job(
    workspace: Workspace, *, progress: Progress, increment: str, url: str | None, target_rps: float
) -> dict[str, Any]:
    """The work of the job."""
    text, found = loaded(workspace, increment, url=url, target_rps=target_rps, progress=progress)
    return {"text": text, "result": {"met": found.met, "p95_ms": found.at_target.p95_ms}}


def deployed(
    workspace: Workspace,
    increment: str,
    *,
    experiment: str | None = None,
    challenger: Challenger | None = None,
    target_rps: float | None = None,
    duration: float = 10.0,
    progress: Progress,
) -> tuple[str, Deployment]:
    """Deploy in this process; the answer and the facts. DeploymentError when it is not ready."""
    from specweave.deployment.deploying import deploy

    folder = workspace.increment(increment)
    problem = increments.read_problem(folder)
    found = deploy(
        folder,
        problem,
        experiment=experiment,
        challenger=challenger,
        target_rps=target_rps,
        duration=duration,
        progress=progress,
    )
    increments.mark_done(folder, "latency")
    files = ("deployment/DEPLOYMENT.md", "deployment/api", "deployment/load-tests/load-test.md")
    text = bounded(
        [
            found.reasons[0],
            *bullets(found.reasons[1:]),
            f"Next: {increments.next_step(folder)}",
            _files(workspace, folder, files),
        ]
    )
    return text, found


def loaded(
    workspace: Workspace,
    increment: str,
    *,
    url: str | None = None,
    target_rps: float = 100.0,
    duration: float = 10.0,
    allow_host: Collection[str] = (),
    api_key: str | None = None,
    progress: Progress,
) -> tuple[str, LoadTest]:
    """Load-test in this process; the answer and the facts."""
    from specweave.deployment.load import LoadTest, load_test_model
    from specweave.deployment.starting import started

    if "://" in increment:
        raise DeploymentError(
            "The address of a service stands where the increment belongs, whose rows are sent",
            value=increment,
            allowed=listing([folder.id for folder in workspace.increment_folders()]),
            next_step=f"call `sw-ml load-test INCREMENT --url {increment}`",
        )
    folder = workspace.increment(increment)
    with started(folder, url, progress) as address:
        answer = load_test_model(
            address,
            target_rps,
            duration,
            increment=folder,
            allow_host=allow_host,
            api_key=api_key,
            progress=progress,
        )
    found = LoadTest.model_validate(answer["facts"])
    files = ("deployment/load-tests/load-test.md", "deployment/load-tests/latency-against-load.png")
    return bounded([found.reasons[0], *bullets(found.reasons[1:]), _files(workspace, folder, files)]), found


def _files(workspace: Workspace, folder: IncrementFolder, names: Collection[str]) -> str:
    return "Files: " + ", ".join(workspace.relative(folder.path / name) for name in names)
