"""The tabular problem kind: its parts put together behind the protocol."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from specweave.metrics import Predictions, as_labels
from specweave.problem import Problem, Task
from specweave.problems.base import Attempt, Column, Folds, NotApplicable
from specweave.problems.tabular.baselines import baselines
from specweave.problems.tabular.blend import Blend, mean_predictions
from specweave.problems.tabular.columns import plan_columns
from specweave.problems.tabular.families import Table, cores, families, usual_names
from specweave.problems.tabular.folds import make_folds
from specweave.problems.tabular.resolution import minority_share, resolve
from specweave.problems.tabular.threshold import choose_threshold

BLENDED = 3


class Tabular:
    """Classification and regression on a table."""

    name = "tabular"

    def resolve(self, problem: Problem, frame: pd.DataFrame, profile: Any) -> Problem:
        """Task as the profile sees the target, positive class, metric; see `specweave.problems.tabular.resolution`."""
        summary = getattr(profile, "target", None)
        if problem.task is None and summary is not None and summary.name == problem.target:
            problem = problem.model_copy(update={"task": summary.task})
        return resolve(problem, frame)

    def columns(
        self, problem: Problem, training: pd.DataFrame, roles: dict[str, str]
    ) -> tuple[list[Column], dict[str, str]]:
        return plan_columns(problem, training, roles, group=problem.split.group)

    def folds(self, problem: Problem, training: pd.DataFrame, *, group: str | None, time: str | None) -> Folds:
        return make_folds(problem, training, group=group, time=time)

    def classes(self, problem: Problem, training: pd.DataFrame) -> tuple[str, ...]:
        if problem.task == "regression":
            return ()
        return tuple(np.unique(as_labels(training[str(problem.target)].to_numpy())).tolist())

    def baselines(self, problem: Problem, training: pd.DataFrame, columns: Sequence[Column]) -> list[Attempt]:
        return baselines(_table(problem, training, columns))

    def candidates(
        self, problem: Problem, training: pd.DataFrame, columns: Sequence[Column]
    ) -> tuple[list[Attempt], dict[str, str]]:
        table = _table(problem, training, columns)
        found: list[Attempt] = []
        absent: dict[str, str] = {}
        for name, family in families().items():
            try:
                found += family.attempts(table)
            except NotApplicable as reason:
                absent[name] = str(reason)
        return found, absent

    def candidate_names(self) -> list[str]:
        return usual_names()

    def fit(self, attempt: Attempt, problem: Problem, training: pd.DataFrame, columns: Sequence[Column]) -> Any:
        with threadpool_limits(cores(len(training))):
            return attempt.build().fit(_features(training, columns), _truth(problem, training))

    def predict(
        self, model: Any, problem: Problem, rows: pd.DataFrame, columns: Sequence[Column], classes: tuple[str, ...]
    ) -> Predictions:
        with threadpool_limits(cores(len(rows))):
            return Predictions.from_model(
                model,
                _features(rows, columns),
                _truth(problem, rows),
                task=_task(problem),
                classes=classes or None,
                positive=problem.positive_label,
                # Decided by `decide` later; until then it spares asking the model twice.
                threshold=0.5 if problem.task == "binary" else None,
                rows=rows.index.to_numpy(),
            )

    def decide(self, problem: Problem, predictions: Predictions) -> tuple[float | None, str]:
        return choose_threshold(problem, predictions)

    def combine(
        self,
        problem: Problem,  # noqa: ARG002 - other kinds read it
        ranked: Sequence[tuple[Attempt, Predictions]],
    ) -> Attempt | None:
        """The best attempts of up to three different families, averaged."""
        members: dict[str, str] = {}
        for attempt, predictions in ranked:
            if attempt.kind == "candidate" and (predictions.task == "regression" or predictions.scores is not None):
                members.setdefault(attempt.family, attempt.name)
        names = tuple(members.values())[:BLENDED]
        if len(names) < 2:
            return None
        return Attempt("blend", "candidate", "blend", partial(Blend, []), {"members": list(names)}, names)

    def combined_predictions(self, parts: Sequence[Predictions]) -> Predictions:
        return mean_predictions(parts)

    def combined_model(self, models: Sequence[Any]) -> Any:
        return Blend(list(models))


def _task(problem: Problem) -> Task:
    assert problem.task is not None  # set by resolve
    return problem.task


def _table(problem: Problem, training: pd.DataFrame, columns: Sequence[Column]) -> Table:
    truth = _truth(problem, training)
    numeric = problem.task == "regression"
    return Table(
        task=_task(problem),
        n_rows=len(training),
        n_classes=0 if numeric else len(np.unique(truth)),
        minority_share=1.0 if numeric else minority_share(truth),
        columns=tuple(columns),
        seed=problem.seed,
    )


def _features(rows: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    return rows[[column.name for column in columns]]


def _truth(problem: Problem, rows: pd.DataFrame) -> np.ndarray:
    target = rows[str(problem.target)]
    if problem.task == "regression":
        values: np.ndarray = target.to_numpy(dtype=float)
        return values
    return as_labels(target.to_numpy())
