"""One deployment: make the service, run it, try it, load it, kill a worker, write down what was measured, stop it.

Nothing is called ready that did not run.
"""

from __future__ import annotations

import hashlib
import platform
import secrets
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from specweave.deployment import deployment_wording as wording
from specweave.deployment.challenging import Challenger, tried_challenger
from specweave.deployment.container import start_command
from specweave.deployment.contract import Caller, guarded_by_key, tried
from specweave.deployment.load import LoadTest, Plan, run_load_test, write_load_test
from specweave.deployment.load.open_loop import ask
from specweave.deployment.load.requests import PREDICT, requests_for
from specweave.deployment.load.rows import LoadRows, increment_rows
from specweave.deployment.load.testing import as_answer
from specweave.deployment.making import MadeService, make_service
from specweave.deployment.recovery import Recovery, kill_a_worker
from specweave.deployment.result import Deployment, Environment, Promise, Running
from specweave.deployment.runbook import FACTS, FOLDER, write_runbook
from specweave.deployment.scratch_environment import ScratchEnvironment, scratch_environment
from specweave.deployment.service_process import ServiceProcess, running_service
from specweave.errors import DeploymentError
from specweave.problem import Problem
from specweave.progress import Progress, silent
from specweave.witness_file import vouch
from specweave.workspace import IncrementFolder, lock, read_json, write_json

DEFAULT_RPS = 100.0
_RECOVERY_RPS = 50.0
_STAGES = 100
_CURE_OF_PROMISES = "read deployment/deployment.json, correct what it names, and deploy again"

Maker = Callable[..., MadeService]
Builder = Callable[..., ScratchEnvironment]


def deploy(
    folder: IncrementFolder,
    problem: Problem,
    *,
    experiment: str | None = None,
    challenger: Challenger | None = None,
    target_rps: float | None = None,
    duration: float = 10.0,
    steps: bool = True,
    who: str = "deploy",
    make: Maker = make_service,
    build: Builder = scratch_environment,
    progress: Progress = silent,
) -> Deployment:
    """Write deployment/ for the best (or named) experiment, run it on this machine, and measure it.

    The limits are spec.md's: p95 within `ml.constraints.latency_ms` at `target_rps` (else spec.md's
    `ml.constraints.requests_per_second`, else 100) requests a second, at most 0.1 % errors; every promise of the API kept; answers
    within 2 s after a worker was killed.

    deployment.json, DEPLOYMENT.md and the load report are written either way. Raises DeploymentError when a limit is missed
    or the service does not run, with why and where the time goes.
    """
    with lock(folder.path / FOLDER / ".deploying.lock"):
        earlier = read_json(folder.path / FOLDER / FACTS, default={})
        progress(0, _STAGES, "exporting the model and writing the service")
        options = {} if challenger is None else {"challenger": challenger}
        made = make(folder, problem, experiment=experiment, **options, progress=_part(progress, 0, 25))
        found = _begun(folder, problem, made, target_rps or wanted_rps(problem), earlier.get("version"))
        plan = Plan(target_rps=found.target_rps, duration=duration, limit_ms=found.limit_ms, steps=steps)
        trial = _Trial(folder, made, found, plan, who=who, progress=progress)
        stopped_by: DeploymentError | None = None
        try:
            trial.run(build)
        except DeploymentError as error:
            stopped_by = error
        progress(95, _STAGES, "writing the runbook")
        found = _judged(trial.found, trial.load, stopped_by)
        _write(folder, found, trial.load)
        if not found.ready:
            raise _refusal(found, trial.load, stopped_by)
        progress(_STAGES, _STAGES, "ready")
        return found


class _Trial:
    """What is found out about one service while it runs; kept when a later step fails."""

    def __init__(
        self,
        folder: IncrementFolder,
        made: MadeService,
        found: Deployment,
        plan: Plan,
        *,
        who: str,
        progress: Progress,
    ) -> None:
        self._folder, self._made, self._plan, self._who = folder, made, plan, who
        self._progress = progress
        self.found = found
        self.load: LoadTest | None = None

    def run(self, build: Builder) -> None:
        self._progress(25, _STAGES, "an environment for the service")
        requirements = self._made.folder / "requirements.txt"
        environment = build(requirements, progress=_part(self._progress, 25, 35))
        self._note(environment=_environment(environment, requirements))
        rows = increment_rows(self._folder, self._made.features, who=self._who, local=True)
        self._measure(environment.python, rows)
        if self.load is None or not self.load.met:
            return  # What follows would not change the verdict.
        self._progress(85, _STAGES, "API keys")
        self._note(promises=(*self.found.promises, _keys(self._made.folder, environment.python, rows)))
        if self._made.challenger is not None:
            self._progress(87, _STAGES, "the challenger")
            asked = tried_challenger(self._made.folder, environment.python, rows, self._plan.limit_ms)
            self._note(promises=(*self.found.promises, *asked))
        self._progress(88, _STAGES, "killing a worker under load")
        self._note(recovery=_recovery(self._made.folder, environment.python, rows))

    def _measure(self, python: Path, rows: LoadRows) -> None:
        """One worker: start, promises, load."""
        self._progress(35, _STAGES, "starting the service")
        with running_service(self._made.folder, python) as service:
            first = _first_prediction(service, rows)
            before = service.memory_mb()[0]
            self._progress(38, _STAGES, "trying what the API promises")
            self._note(promises=tried(Caller(service.address), rows.rows, self._made.model.source_sha256))
            self.load = run_load_test(
                service.address,
                rows,
                self._plan,
                increment=self._folder.id,
                model_sha256=self._made.model.source_sha256,
                progress=_part(self._progress, 40, 85),
            )
            after = service.memory_mb()[0]
        self._note(
            load={key: value for key, value in as_answer(self.load).items() if key != "reasons"},
            running=Running(
                command=tuple(start_command(self._made.folder)),
                ready_s=service.ready_s,
                first_prediction_s=first,
                memory_before_mb=before,
                memory_after_mb=after,
                n_requests=self.load.n_sent,
                stop_s=service.stop_s or 0.0,
            ),
        )

    def _note(self, **facts: object) -> None:
        self.found = self.found.model_copy(update=facts)


def _begun(
    folder: IncrementFolder, problem: Problem, made: MadeService, target_rps: float, previous: str | None
) -> Deployment:
    return Deployment(
        increment=folder.id,
        name=made.container.name,
        version=made.container.version,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        previous=previous if previous != made.container.version else None,
        model=made.model,
        challenger=made.challenger,
        features=made.features,
        files=tuple(sorted(path.relative_to(folder.path).as_posix() for path in made.files)),
        limit_ms=problem.constraints.latency_ms,
        target_rps=target_rps,
    )


def wanted_rps(problem: Problem) -> float:
    """`requests_per_second` under `ml.constraints` of spec.md, which a person may add."""
    named = (problem.constraints.model_extra or {}).get("requests_per_second")
    try:
        wanted = float(named) if named is not None else DEFAULT_RPS
    except (TypeError, ValueError):
        wanted = 0.0
    if wanted > 0:
        return wanted
    raise DeploymentError(
        "ml.constraints.requests_per_second in spec.md is no rate",
        value=named,
        allowed="a positive number",
        next_step="correct it in spec.md, or take the line out to be measured at 100",
    )


def _environment(made: ScratchEnvironment, requirements: Path) -> Environment:
    version = subprocess.run(
        [str(made.python), "-c", "import platform; print(platform.python_version())"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    ).stdout.strip()
    return Environment(
        how=made.how,
        own=made.own,
        reused=made.reused,
        seconds=made.seconds,
        python=version or platform.python_version(),
        requirements_sha256=hashlib.sha256(requirements.read_bytes()).hexdigest(),
    )


def _first_prediction(service: ServiceProcess, rows: LoadRows) -> float:
    """Seconds from the start of the process to the first answer."""
    request = requests_for(service.address, rows.rows[:1])[0]
    exchange, body = ask(service.address, request)
    took = time.monotonic() - service.started
    if exchange.failed:
        raise DeploymentError(
            f"The service does not answer the first row: {exchange.why}", value=body.decode("utf-8", "replace")
        )
    return took


def _keys(folder: Path, python: Path, rows: LoadRows) -> Promise:
    key = secrets.token_urlsafe(24)
    with running_service(folder, python, environment={"API_KEYS": key}) as service:
        return guarded_by_key(Caller(service.address), Caller(service.address, key), rows.rows[0])


def _recovery(folder: Path, python: Path, rows: LoadRows) -> Recovery:
    with running_service(folder, python, workers=2) as service:
        return kill_a_worker(service, requests_for(service.address, rows.rows, path=PREDICT), rate=_RECOVERY_RPS)


def _judged(found: Deployment, load: LoadTest | None, stopped_by: DeploymentError | None) -> Deployment:
    wrong = wording.failures(found, load, stopped_by)
    if not wrong:
        return found.model_copy(update={"ready": True, "reasons": wording.sentences(found, wording.plain(found))})
    return found.model_copy(update={"ready": False, "reasons": ("Not ready.", *wrong)})


def _write(folder: IncrementFolder, found: Deployment, load: LoadTest | None) -> None:
    if load is not None:
        write_load_test(folder, load)
    vouch(folder, write_json(folder.path / FOLDER / FACTS, found.model_dump(mode="json")))
    write_runbook(folder, found)


def _refusal(found: Deployment, load: LoadTest | None, stopped_by: DeploymentError | None) -> DeploymentError:
    if stopped_by is not None:
        return stopped_by
    cure = _CURE_OF_PROMISES
    if load is not None and load.at_target.p95_ms > load.limit_ms:
        cure = wording.CURES["work" if load.slowest is None else load.slowest.cause]
    return DeploymentError(" ".join(found.reasons), next_step=cure)


def _part(progress: Progress, begin: float, end: float) -> Progress:
    """Progress of one stage as a part of the whole."""

    def told(done: float, total: float, message: str) -> None:
        progress(begin + (end - begin) * (done / total if total else 0), _STAGES, message)

    return told
