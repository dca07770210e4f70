"""A model of an experiment record, ready to predict rows of the source table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from specweave.errors import ModelError, listing
from specweave.evaluation.choice import model_facts, task_of
from specweave.experiments import ExperimentSummary
from specweave.metrics import Predictions, as_labels
from specweave.problem import Problem, Task


@dataclass(frozen=True)
class RecordedModel:
    """The loaded model and what its record says about using it."""

    record: str
    model: Any
    task: Task
    target: str
    features: tuple[str, ...] | None
    classes: tuple[str, ...]
    positive: str | None
    threshold: float | None
    threshold_rule: str | None
    sha256: str | None

    def predict(self, rows: pd.DataFrame) -> Predictions:
        """Predictions for rows with a known target; the index gives their row numbers.

        Raises ModelError when a column the model needs is missing.
        """
        truth = rows[self.target].to_numpy()
        classes = self.classes
        if self.task != "regression" and classes:
            # A class that no training row had is a miss for certain, and must not stop the evaluation.
            classes = (*classes, *sorted(set(as_labels(truth).tolist()) - set(classes)))
        return Predictions.from_model(
            self.model,
            self._inputs(rows),
            truth if self.task != "regression" else truth.astype(np.float64),
            task=self.task,
            classes=classes or None,
            positive=self.positive,
            threshold=self.threshold,
            rows=rows.index.to_numpy(),
        )

    def _inputs(self, rows: pd.DataFrame) -> pd.DataFrame:
        if self.features is None:
            return rows.drop(columns=self.target)
        missing = [name for name in self.features if name not in rows.columns]
        if missing:
            raise ModelError(
                "The sealed rows lack columns the model was trained on",
                value=listing(missing),
                next_step="train again with run_experiment on the present data",
            )
        return rows[list(self.features)]


def load_recorded(record: ExperimentSummary, problem: Problem, target: str) -> RecordedModel:
    """The model of a record, checked against its recorded hash. Raises ModelError when it does not load."""
    from specweave.experiments.models import load_model

    facts: dict[str, Any] = dict(model_facts(record))
    sha256 = facts.get("sha256")
    model = load_model(record.path / str(facts.get("file", "model.skops")), sha256=sha256)
    task = task_of(problem, facts.get("task"))
    features = facts.get("features")
    classes = _classes(facts, model, task)
    return RecordedModel(
        record=record.id,
        model=model,
        task=task,
        target=target,
        features=tuple(str(name) for name in features) if features else None,
        classes=classes,
        positive=_positive(facts, problem, classes) if task == "binary" else None,
        threshold=facts.get("threshold"),
        threshold_rule=_rule(record),
        sha256=sha256,
    )


def _classes(facts: dict[str, Any], model: Any, task: Task) -> tuple[str, ...]:
    if task == "regression":
        return ()
    named = facts.get("classes") or getattr(model, "classes_", None)
    return () if named is None else tuple(as_labels(named).tolist())


def _positive(facts: dict[str, Any], problem: Problem, classes: tuple[str, ...]) -> str | None:
    """As recorded, as spec.md says, or the last class, as scikit-learn takes it."""
    named = facts.get("positive")
    named = problem.positive_label if named is None else named
    return _text(named) if named is not None else (classes[-1] if classes else None)


def _rule(record: ExperimentSummary) -> str | None:
    """How the threshold was chosen, as training recorded it."""
    training = record.metadata.get("training")
    found = training.get("threshold_rule") if isinstance(training, dict) else None
    return None if found is None else str(found)


def _text(value: object) -> str | None:
    return None if value is None else str(as_labels([value])[0])
