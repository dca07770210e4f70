"""Running a recorded experiment again and finding out what explains every difference."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from specweave.errors import ExperimentError
from specweave.experiments import ExperimentSummary, open_experiment
from specweave.jobs.interpreters import find_interpreter
from specweave.progress import Progress, silent
from specweave.reproduction.agreement import Agreement, agreement
from specweave.reproduction.documents import write_documents
from specweave.reproduction.exact_environment import build_environment
from specweave.reproduction.own_runs import OwnRun
from specweave.reproduction.packages import package_changes, packages_of
from specweave.reproduction.result import Change, Reproduction
from specweave.reproduction.run import Rerun, Stage
from specweave.reproduction.user_code import UserCode
from specweave.reproduction.wording import sentence, verdict_of
from specweave.workspace import IncrementFolder, Workspace

TOLERANCE = 1e-6


def reproduce_experiment(
    increment: str | int | IncrementFolder,
    experiment: str | int,
    *,
    exact_env: bool = False,
    tolerance: float = TOLERANCE,
    python: str | None = None,
    project: str | None = None,
    progress: Progress = silent,
) -> Reproduction:
    """Run a recorded experiment again in a clean process and compare both, prediction by prediction.

    An experiment of our own training is trained again with its recorded family, params, seeds and folds on the source data
    as they are now. A script or notebook runs in a checkout of its recorded commit and difference. Every difference is
    traced: to data, packages, code, a missing file, or to code that is not deterministic, which a second run shows.
    Nothing in the increment is changed but reports/reproduction-exp-NNN.md and .json.

    Parameters
    ----------
    increment : str, int or IncrementFolder
    experiment : str or int
        ``"exp-003"``, ``"exp-003-lightgbm"`` or ``3``.
    exact_env : bool
        Rebuild the recorded Python and packages with uv and run there.
    tolerance : float
        Probabilities and metrics this close count as reproduced; for regression in standard deviations of the target.
    python : str, optional
        The interpreter; for user code by default the recorded one, else the project's.
    project : str, optional
        The project folder, when it is not the working directory.
    progress : Progress

    Returns
    -------
    Reproduction

    Raises
    ------
    ExperimentError
        The experiment is not finished, or its record does not say what ran.
    MissingDependencyError
        `exact_env` without uv.
    """
    started = time.perf_counter()
    folder = increment if isinstance(increment, IncrementFolder) else Workspace.find(project).increment(increment)
    record = open_experiment(folder, experiment).summary()
    _refuse_unfit(record)
    seen = _inquire(folder, record, exact_env=exact_env, tolerance=tolerance, python=python, progress=progress)
    found = _facts(folder, record, seen, tolerance, exact_env=exact_env, seconds=time.perf_counter() - started)
    return write_documents(folder, found.model_copy(update={"sentence": sentence(found, seen.rerun.failed)}))


def _inquire(
    folder: IncrementFolder,
    record: ExperimentSummary,
    *,
    exact_env: bool,
    tolerance: float,
    python: str | None,
    progress: Progress,
) -> _Seen:
    with tempfile.TemporaryDirectory(prefix="specweave-again-", ignore_cleanup_errors=True) as name:
        scratch = Path(name).resolve()
        where = build_environment(record.path, record.metadata, scratch / "env", progress) if exact_env else None
        with _staged(folder, record, scratch, progress) as stage:
            return _Inquiry(record, stage, where or _interpreter(folder, record, python), tolerance).result()


def _facts(
    folder: IncrementFolder,
    record: ExperimentSummary,
    seen: _Seen,
    tolerance: float,
    *,
    exact_env: bool,
    seconds: float,
) -> Reproduction:
    return Reproduction(
        increment=folder.id,
        experiment=record.id,
        verdict=verdict_of(seen.agreement, seen.rerun),
        sentence="",
        how=seen.how + (", in the recorded environment rebuilt with uv" if exact_env else ""),
        tolerance=tolerance,
        items=seen.agreement.items if seen.agreement else (),
        predictions=seen.agreement.predictions if seen.agreement else None,
        changes=tuple(seen.changes),
        notes=tuple(seen.notes),
        seconds=seconds,
        exact_env=exact_env,
    )


def _refuse_unfit(record: ExperimentSummary) -> None:
    if record.status != "finished":
        raise ExperimentError(
            f"The experiment is {'interrupted' if record.interrupted else record.status}, so there is no result to reproduce",
            value=record.id,
            allowed="a finished experiment",
            next_step="run it again instead",
        )
    entry = record.metadata.get("entry") or {}
    if entry.get("by") != "training" and not entry.get("path"):
        raise ExperimentError(
            "The record names no script, notebook or training that could be run again",
            value=f"{record.id}, started by {entry.get('by') or 'nobody knows what'}",
            allowed="experiments of run_experiment, of a script or of a notebook",
            next_step="record it from a script: sw-ml run INCREMENT --script FILE",
        )


@contextmanager
def _staged(folder: IncrementFolder, record: ExperimentSummary, scratch: Path, progress: Progress) -> Iterator[Stage]:
    if (record.metadata.get("entry") or {}).get("by") == "training":
        yield OwnRun(folder, record, scratch, progress)
        return
    stage = UserCode(folder, record, scratch, progress)
    try:
        yield stage
    finally:
        stage.close()


def _interpreter(folder: IncrementFolder, record: ExperimentSummary, named: str | None) -> Path:
    """For our own training this very Python; for user code the one named, the recorded one, or the project's."""
    if (record.metadata.get("entry") or {}).get("by") == "training" and named is None:
        return Path(sys.executable)
    workspace = Workspace(folder.root)
    recorded = (record.metadata.get("interpreter") or {}).get("path")
    recorded = recorded or (record.metadata.get("python") or {}).get("executable")
    if named is None and recorded and Path(recorded).is_file():
        named = str(recorded)
    return find_interpreter(workspace, named).path


@dataclass
class _Seen:
    rerun: Rerun
    agreement: Agreement | None
    changes: list[Change]
    notes: list[str]
    how: str


@dataclass
class _Inquiry:
    """The first run, and as many more as it takes to explain what it gave."""

    record: ExperimentSummary
    stage: Stage
    python: Path
    tolerance: float

    def result(self) -> _Seen:
        version, packages = packages_of(self.python, self.stage.environment(self.python))
        changes = [*self.stage.changes, *package_changes(self.record.path, self.record.metadata, version, packages)]
        rerun = self.stage.run(self.python)
        seen = _Seen(rerun, self._compared(rerun), [*changes, *rerun.changes], [], self.stage.how)
        if seen.agreement is not None and seen.agreement.outcome is None:
            seen.changes.append(Change(kind="nothing recorded", sentence="the record holds no metric, prediction or output to compare", effect="cause"))  # fmt: skip
        elif rerun.failed is None and seen.agreement is not None and seen.agreement.outcome == "differs":
            self._explain(seen)
        elif rerun.failed is None:
            seen.changes = [change.model_copy(update={"effect": "no effect"}) for change in seen.changes]
        elif not rerun.changes:
            seen.changes.append(Change(kind="failed", sentence=rerun.failed, effect="cause"))
        if seen.agreement is not None and seen.agreement.passed_over:
            seen.notes.append("Times are not compared: " + ", ".join(seen.agreement.passed_over) + ".")
        return seen

    def _compared(self, rerun: Rerun) -> Agreement | None:
        return None if rerun.record is None else agreement(self.record.path, rerun.record, self.tolerance)

    def _explain(self, seen: _Seen) -> None:
        """Narrow the possible causes down with one more run."""
        if self.stage.data_differ:
            self._try_recorded_data(seen)
        else:
            self._try_again(seen)
        causes = [change for change in seen.changes if change.effect != "no effect"]
        if not causes:
            seen.changes.append(Change(kind="unexplained", sentence="code, data and packages are as recorded, and a second run agreed with the first", effect="cause"))  # fmt: skip
        elif len(causes) == 1:
            _mark(seen, lambda change: change is causes[0], "cause")

    def _try_recorded_data(self, seen: _Seen) -> None:
        rerun = self.stage.run_on_recorded_data(self.python)
        found = self._compared(rerun)
        if found is not None and found.outcome != "differs":
            seen.notes.append("With the rows as recorded it reproduces, so the changed data are the whole cause.")
            _mark(seen, lambda change: change.kind == "data changed", "cause")
            _mark(seen, lambda change: change.kind != "data changed", "no effect")
        else:
            seen.notes.append("With the rows as recorded it does not reproduce either, so the changed data are not the only cause.")  # fmt: skip

    def _try_again(self, seen: _Seen) -> None:
        second = self.stage.run(self.python)
        if seen.rerun.record is None or second.record is None:
            return
        between = agreement(seen.rerun.record, second.record, self.tolerance)
        if between.outcome == "differs":
            what = _first_difference(between)
            told = f"two runs of the same code on the same data differ from each other ({what}): it uses randomness without a fixed seed, the clock, or an order that is not fixed"  # fmt: skip
            seen.changes.insert(0, Change(kind="nondeterministic code", sentence=told, effect="cause"))


def _mark(seen: _Seen, which: Callable[[Change], bool], effect: Literal["cause", "no effect"]) -> None:
    seen.changes = [c.model_copy(update={"effect": effect}) if which(c) else c for c in seen.changes]


def _first_difference(found: Agreement) -> str:
    item = next((one for one in found.items if one.outcome == "differs"), None)
    if item is not None and isinstance(item.recorded, int | float) and isinstance(item.now, int | float):
        return f"{item.name} {item.recorded:.6g} and {item.now:.6g}"
    return item.name if item is not None else "predictions"
