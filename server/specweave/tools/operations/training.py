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
    increments.mark_done(folder, "experiments")
    return {"text": _answer(workspace, folder, prepared, result), "result": result.model_dump(mode="json")}


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


def _answer(workspace: Workspace, folder: IncrementFolder, prepared: Prepared, result: TrainingResult) -> str:
    best = result.row(result.best)
    return bounded(
        [
            f"Best: {result.best}, {result.metric_title} {_spread(best)} out of fold; {_against_baseline(result)}.",
            result.why,
            f"{result.n_train:,} training rows, {result.n_sealed:,} sealed. {result.split}",
            *bullets([f"warning: {text}" for text in result.warnings], most=6),
            *bullets(_excluded(prepared.problem), most=6),
            *table(
                ("experiment", result.metric, "95 % interval of folds", "against best baseline", "time"), _rows(result)
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
            f"{number(row.low)} to {number(row.high)}" if row.low is not None else "–",
            row.verdict or "–",
            seconds(row.seconds),
        ]
        for row in result.leaderboard
    ]


def _spread(row: LeaderboardRow) -> str:
    interval = f" (95 % interval {number(row.low)} to {number(row.high)})" if row.low is not None else ""
    return number(row.value) + interval


def _excluded(problem: Problem) -> list[str]:
    return [f"not used: {left.column}, {left.reason}" for left in problem.excluded]
