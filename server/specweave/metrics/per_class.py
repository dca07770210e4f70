"""Precision, recall and F1 of each class, with intervals."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict

from specweave.metrics.estimation import Estimate, estimates
from specweave.metrics.predictions import Predictions
from specweave.metrics.undefined import UndefinedMetric

METRICS_OF_A_CLASS = ("precision", "recall", "f1", "specificity")


class ClassMetrics(BaseModel):
    """One class against the rest: how often it is true, how often it was said, and its metrics."""

    model_config = ConfigDict(frozen=True)

    name: str
    n_true: int
    n_predicted: int
    precision: Estimate
    recall: Estimate
    f1: Estimate
    specificity: Estimate


def per_class(predictions: Predictions, *, level: float = 0.95) -> list[ClassMetrics]:
    """The metrics of every class in the order of `predictions.classes`. Raises UndefinedMetric for a regression."""
    if predictions.task == "regression":
        raise UndefinedMetric("a regression has no classes")
    return [_of_class(predictions, name, level) for name in predictions.classes]


def _of_class(predictions: Predictions, name: str, level: float) -> ClassMetrics:
    truth, said = predictions.truth == name, predictions.labels == name
    rest = "other classes" if name != "other classes" else "all others"
    alone = Predictions(
        "binary", np.where(truth, name, rest), np.where(said, name, rest), classes=(rest, name), positive=name
    )
    found = {one.metric: one for one in estimates(METRICS_OF_A_CLASS, alone, level=level)}
    return ClassMetrics(name=name, n_true=int(truth.sum()), n_predicted=int(said.sum()), **found)
