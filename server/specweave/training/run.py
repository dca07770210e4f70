"""Baselines and candidates under one cross-validation, each a record, and a leaderboard of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import chain

from specweave.errors import ExperimentError, ProblemError, listing
from specweave.problem import Problem
from specweave.problems import Attempt, spelled, unknown_candidate
from specweave.progress import Progress, silent
from specweave.training.leaderboard import make_result
from specweave.training.pace import Pace
from specweave.training.result import TrainingResult, write_training
from specweave.training.selection import ranked
from specweave.training.setup import Setup, make_setup
from specweave.training.trial import Failure, Trial, run_trial
from specweave.workspace import IncrementFolder, lock


def run_training(
    folder: IncrementFolder,
    problem: Problem,
    *,
    candidates: Sequence[str] | None = None,
    progress: Progress = silent,
) -> TrainingResult:
    """Cross-validate all baselines and candidates on the training rows; the sealed rows are not touched.

    Every attempt becomes an experiment record with out-of-fold predictions, metrics and a model fitted on all
    training rows. A run that was interrupted goes on after its last finished fold; an experiment finished under the
    same setup is not run again. A candidate that fails is recorded as failed and costs no other.

    Parameters
    ----------
    folder : IncrementFolder
        Prepared: a test set is sealed.
    problem : Problem
        Resolved, as `prepare` returns it.
    candidates : sequence of str, optional
        Names of model families (``"lightgbm"``) or of single attempts (``"lightgbm-slow"``); all that apply when
        absent. Baselines always run.
    progress : Progress
        Told after each fold, with an estimate of the time left.

    Returns
    -------
    TrainingResult
        Also written to reports/training.json.

    Raises
    ------
    ProblemError
        The problem is not resolved, or a candidate is named that does not exist or apply.
    SealedError
        No test set is sealed yet.
    ExperimentError
        Not a single experiment could be finished.
    LockedError
        Another process is training in this increment.
    """
    started = time.perf_counter()
    with lock(folder.experiments / ".training.lock", timeout=2):
        setup = make_setup(folder, problem)
        attempts, absent = _attempts(setup, candidates)
        pace = Pace(attempts, setup.folds.count, progress)
        trials: list[Trial] = []
        failures: list[Failure] = []
        for attempt in attempts:
            pace.begin(attempt)
            _keep(run_trial(setup, attempt, [], pace.on_fold), trials, failures)
            pace.end(attempt)
        _combination(setup, trials, failures, pace)
        if not trials:
            raise _nothing_finished(failures)
        result = make_result(setup, trials, failures, absent, seconds=time.perf_counter() - started)
        write_training(folder, result)
    progress(1, 1, f"best: {result.best_name}")
    return result


def _attempts(setup: Setup, wanted: Sequence[str] | None) -> tuple[list[Attempt], dict[str, str]]:
    baselines = setup.kind.baselines(setup.problem, setup.training, setup.columns)
    found, absent = setup.kind.candidates(setup.problem, setup.training, setup.columns)
    if wanted is None:
        return [*baselines, *found], absent
    names = {spelled(name) for name in chain.from_iterable((a.name, a.family) for a in found)}
    reasons = {spelled(name): reason for name, reason in absent.items()}
    asked = {spelled(name): name for name in wanted}
    for name, written in asked.items():
        if name in reasons:
            raise ProblemError(
                f"The model family {name} is not applicable because {reasons[name]}",
                value=written,
                allowed=listing(sorted(names), limit=30),
            )
        if name not in names:
            raise unknown_candidate(written, names)
    chosen = [a for a in found if spelled(a.name) in asked or spelled(a.family) in asked]
    return [*baselines, *chosen], absent


def _keep(outcome: Trial | Failure, trials: list[Trial], failures: list[Failure]) -> None:
    if isinstance(outcome, Trial):
        trials.append(outcome)
    else:
        failures.append(outcome)


def _combination(setup: Setup, trials: list[Trial], failures: list[Failure], pace: Pace) -> None:
    order = [t for t in ranked(setup, trials) if t.value is not None]
    attempt = setup.kind.combine(setup.problem, [(t.attempt, t.predictions) for t in order])
    if attempt is None:
        return
    members = [next(t for t in trials if t.attempt.name == name) for name in attempt.members]
    _keep(run_trial(setup, attempt, members, pace.on_fold), trials, failures)


def _nothing_finished(failures: list[Failure]) -> ExperimentError:
    first = failures[0]
    return ExperimentError(
        f"No experiment could be finished; {first.attempt.name} failed with {first.reason}",
        value=first.record.id,
        next_step="look at traceback.txt in the experiment's folder",
    )
