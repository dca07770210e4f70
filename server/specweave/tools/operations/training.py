"""The work of a training job, done in the job's own process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from specweave import increments
from specweave.progress import Progress
from specweave.rendering import number, percent, seconds
from specweave.tools.answers import bounded, bullets, paths, table
from specweave.workspace import IncrementFolder, Workspace

if TYPE_CHECKING:
    from specweave.problem import Problem
    from specweave.training import LeaderboardRow, Prepared, TrainingResult


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
    # Again: only now is it known which columns the models see.
    increments.refresh_plan(folder, prepared.profile, prepared.problem)
    increments.mark_done(folder, "experiments")
    return {"text": _answer(workspace, folder, prepared, result, candidates), "result": result.model_dump(mode="json")}


def run_user_code(
    workspace: Workspace,
    *,
    progress: Progress,
    increment: str,
    path: str,
    kind: Literal["script", "notebook"],
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


def _answer(
    workspace: Workspace,
    folder: IncrementFolder,
    prepared: Prepared,
    result: TrainingResult,
    asked: list[str] | None = None,
) -> str:
    best = result.row(result.best)
    return bounded(
        [
            f"Best: {result.best}, {result.metric_title} {_spread(best)}; {_against_baseline(result)}.",
            result.why,
            *_threshold(best, prepared.problem),
            *_trained(result, asked),
            f"{result.n_train:,} training rows, {result.n_sealed:,} sealed. {result.split}",
            *bullets([f"warning: {text}" for text in result.warnings], most=6),
            *bullets(_excluded(prepared.problem), most=6),
            *table(
                (
                    "experiment",
                    f"{result.metric} out of fold",
                    "mean of folds (95 % interval)",
                    "against best baseline",
                    "time",
                ),
                _rows(result),
            ),
            f"Took {seconds(result.seconds)}.",
            f'Next: evaluate_model(increment="{folder.id}") judges it once on the sealed test set.',
            *paths(workspace, [folder.reports / "training.json", folder.experiments]),
        ]
    )


def _against_baseline(result: TrainingResult) -> str:
    verdict = result.row(result.best).verdict
    if verdict not in ("better", "worse"):
        return f"not distinguishable from the best baseline {result.best_baseline} ({verdict or 'not compared'})"
    removed = f", {percent(result.margin)} of its remaining error removed" if result.margin is not None else ""
    return f"{verdict} than the best baseline {result.best_baseline}{removed}"


def _rows(result: TrainingResult) -> list[list[str]]:
    return [
        [
            row.experiment,
            number(row.value) if row.status == "finished" else f"failed: {row.error}"[:80],
            _folds(row) or "–",
            row.verdict or "–",
            seconds(row.seconds),
        ]
        for row in result.leaderboard
    ]


def _spread(row: LeaderboardRow) -> str:
    """The value on all out-of-fold rows, and apart from it the mean over folds, to which the interval belongs."""
    folds = _folds(row)
    return f"{number(row.value)} out of fold" + (f", mean of folds {folds}" if folds else "")


def _folds(row: LeaderboardRow) -> str:
    if row.cv_mean is None:
        return ""
    return number(row.cv_mean) + (f" ({number(row.low)} to {number(row.high)})" if row.low is not None else "")


def _threshold(row: LeaderboardRow, problem: Problem) -> list[str]:
    """What a threshold chosen for a precision or a recall gives of both."""
    aimed = any(criterion.metric in ("precision", "recall") for criterion in problem.success)
    if not aimed or row.threshold is None or row.n_flagged is None:
        return []
    rates = f"precision {number(row.precision)}, recall {number(row.recall)} out of fold"
    flagged = f"{number(row.n_flagged)} of {number(row.n_judged)} rows predicted as {problem.positive_label}"
    return [f"Threshold {number(row.threshold)} ({row.threshold_rule}): {rates}; {flagged}."]


def _trained(result: TrainingResult, asked: list[str] | None) -> list[str]:
    """What the names asked for have become: a family trains under names of its own, and may be a baseline too."""
    from specweave.problems import spelled

    said = []
    for name in dict.fromkeys(spelled(one) for one in asked or []):
        rows = [row for row in result.leaderboard if name in (spelled(row.name), spelled(row.family))]
        baselines = [f"{row.name} (as baseline {row.experiment})" for row in rows if row.kind == "baseline"]
        candidates = [row.name for row in rows if row.kind == "candidate"]
        said.append(f"{name}: {', '.join([*baselines, *candidates])}")
    return [f"Trained for {'; '.join(said)}."] if said else []


def _excluded(problem: Problem) -> list[str]:
    return [f"not used: {left.column}, {left.reason}" for left in problem.excluded]
