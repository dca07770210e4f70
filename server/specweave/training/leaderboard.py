"""Trials and failures put together as the result, with the warnings a person should hear."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

from specweave.errors import ExperimentError
from specweave.metrics import Predictions, UndefinedMetric, get_metric, score
from specweave.metrics.margin import margin_or_none
from specweave.rendering import number, percent
from specweave.training.result import LeaderboardRow, TrainingResult
from specweave.training.selection import choose, compared, ranked
from specweave.training.setup import Setup
from specweave.training.trial import Failure, Trial, cv_interval

WIDEST_SPREAD = 0.1
SUSPICIOUS = 0.999


def make_result(
    setup: Setup, trials: list[Trial], failures: list[Failure], absent: dict[str, str], *, seconds: float
) -> TrainingResult:
    """The leaderboard, the choice, and what to mind."""
    order = ranked(setup, trials)
    baseline = next((t for t in order if t.attempt.kind == "baseline"), None)
    if baseline is None:
        raise ExperimentError(
            "No baseline could be finished, so no candidate can be judged",
            value=failures[0].reason if failures else None,
            next_step="look at traceback.txt in the failed experiment's folder",
        )
    choice = choose(setup, trials)
    metric = get_metric(str(setup.problem.metric))
    rows = [_row(setup, trial, baseline) for trial in order]
    result = TrainingResult(
        increment=setup.folder.id,
        metric=metric.name,
        metric_title=metric.title,
        greater_is_better=metric.greater_is_better,
        n_train=setup.seal.n_train,
        n_sealed=setup.seal.n_test,
        n_folds=setup.folds.count,
        folds=setup.folds.reason,
        split=setup.seal.reason,
        leaderboard=[*rows, *(_failed(failure) for failure in failures)],
        best=choice.trial.record.id,
        best_name=choice.trial.attempt.name,
        best_baseline=baseline.record.id,
        margin=margin_or_none(metric.name, choice.trial.value, baseline.value),
        why=choice.why,
        columns=[column.name for column in setup.columns],
        left_out=setup.left_out,
        not_applicable=absent,
        seconds=seconds,
    )
    result.warnings = _warnings(setup, result, choice.trial, failures)
    return result


def _row(setup: Setup, trial: Trial, baseline: Trial) -> LeaderboardRow:
    known = [value for value in trial.fold_values if value is not None]
    interval = cv_interval(setup, trial.fold_values)
    row = LeaderboardRow(
        experiment=trial.record.id,
        name=trial.attempt.name,
        kind=trial.attempt.kind,
        family=trial.attempt.family,
        status="finished",
        value=trial.value,
        cv_mean=float(np.mean(known)) if known else None,
        cv_std=float(np.std(known, ddof=1)) if len(known) > 1 else None,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        folds=trial.fold_values,
        threshold=trial.predictions.threshold,
        threshold_rule=trial.rule,
        **_at_threshold(trial.predictions),
        seconds=trial.seconds,
        fit_seconds=trial.fit_seconds,
        predict_seconds=trial.predict_seconds,
    )
    if trial is not baseline:
        found = compared(setup, trial.predictions, baseline.predictions)
        row.verdict, row.difference, row.p_value = found.verdict, found.difference, found.p_value
        row.difference_low, row.difference_high, row.test = found.low, found.high, found.test
    return row


def _at_threshold(predictions: Predictions) -> dict[str, Any]:
    """What the threshold gives out of fold; nothing where there is none."""
    if predictions.threshold is None:
        return {}
    flagged = int((predictions.labels == predictions.positive).sum())
    found: dict[str, Any] = {"n_flagged": flagged, "n_judged": len(predictions)}
    for metric in ("precision", "recall"):
        with suppress(UndefinedMetric):
            found[metric] = score(metric, predictions)
    return found


def _failed(failure: Failure) -> LeaderboardRow:
    return LeaderboardRow(
        experiment=failure.record.id,
        name=failure.attempt.name,
        kind=failure.attempt.kind,
        family=failure.attempt.family,
        status="failed",
        error=failure.reason,
    )


def _warnings(setup: Setup, result: TrainingResult, best: Trial, failures: list[Failure]) -> list[str]:
    row = result.row(result.best)
    found = []
    if row.kind == "baseline":
        found.append(f"No candidate is a better choice than the baseline {row.name}.")
    elif row.verdict != "better":
        found.append(f"{row.name} is {row.verdict} against the best baseline ({row.test}).")
    if result.margin is not None and result.margin < setup.problem.margin:
        found.append(
            f"{row.name} removes {percent(max(result.margin, 0.0))} of the best baseline's remaining error; "
            f"{percent(setup.problem.margin)} are asked for."
        )
    found += _spread(row, result.greater_is_better)
    if result.greater_is_better and best.value is not None and best.value >= SUSPICIOUS:
        found.append(f"{result.metric} {number(best.value)} is too good for most problems: look for a leak.")
    found += [f"{failure.attempt.name} failed: {failure.reason}" for failure in failures]
    if setup.folds.count < setup.problem.folds:
        found.append(f"Only {setup.folds.count} folds were possible.")
    return found


def _spread(row: LeaderboardRow, greater_is_better: bool) -> list[str]:
    """Errors have a scale of their own, so their spread is taken relative to their mean."""
    if row.cv_std is None or not row.cv_mean:
        return []
    spread = row.cv_std if greater_is_better else row.cv_std / abs(row.cv_mean)
    if spread <= WIDEST_SPREAD:
        return []
    known = [value for value in row.folds if value is not None]
    return [f"Folds disagree: {row.name} ranges from {number(min(known))} to {number(max(known))}."]
