"""The metrics there are: their names (scikit-learn's where it has one), direction, and how each is worked out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from specweave.errors import ProblemError, listing, suggestion
from specweave.metrics import confusion, precise, preparation
from specweave.metrics.intervals import FISHER, LOG, LOG_REST, LOGIT, Scale
from specweave.metrics.predictions import Predictions
from specweave.metrics.statistics import Statistic
from specweave.problem import Task

BINARY: tuple[Task, ...] = ("binary",)
MULTICLASS: tuple[Task, ...] = ("multiclass",)
CLASSES: tuple[Task, ...] = ("binary", "multiclass")
NUMBERS: tuple[Task, ...] = ("regression",)
RARE = 0.1


@dataclass(frozen=True)
class Metric:
    """One metric. `best` is the value of a perfect model; `needs` says what of the predictions it reads."""

    name: str
    title: str
    tasks: tuple[Task, ...]
    needs: Literal["labels", "scores", "values"]
    prepare: Callable[[Predictions], Statistic]
    scale: Scale
    greater_is_better: bool = True
    best: float = 1.0
    bounds: tuple[float, float] = (0.0, 1.0)
    """The least and the largest value there can be."""
    interval: precise.Method | None = None
    """Analytic interval; the bootstrap when None."""
    cases: Callable[[Predictions], int] | None = None
    """Rows that alone carry the metric; few of them make the bootstrap's variance too small near the ends."""


def _of_labels(name: str, title: str, tasks: tuple[Task, ...], formula: confusion.Formula, **facts: object) -> Metric:
    return Metric(name, title, tasks, "labels", preparation.of_confusion(formula), **{"scale": LOGIT, **facts})  # type: ignore[arg-type]


def _loss(
    name: str,
    title: str,
    tasks: tuple[Task, ...],
    losses: preparation.Losses,
    *,
    root: bool = False,
    most: float = math.inf,
) -> Metric:
    return Metric(
        name,
        title,
        tasks,
        "values" if tasks == NUMBERS else "scores",
        preparation.of_mean(losses, root=root),
        LOG,
        greater_is_better=False,
        best=0.0,
        bounds=(0.0, most),
        interval=precise.of_mean(losses, root=root),
    )


_ALL = (
    Metric("roc_auc", "Area under the ROC curve", BINARY, "scores", preparation.area, LOGIT, interval=precise.area),
    Metric(
        "average_precision",
        "Average precision",
        BINARY,
        "scores",
        preparation.average_precision,
        LOGIT,
        interval=precise.average_precision,
        cases=preparation.n_positive,
    ),
    _of_labels("accuracy", "Accuracy", CLASSES, confusion.accuracy, interval=precise.accuracy),
    _of_labels(
        "balanced_accuracy", "Balanced accuracy", CLASSES, confusion.balanced_accuracy, interval=precise.mean_recall
    ),
    _of_labels("precision", "Precision", BINARY, confusion.precision, interval=precise.precision),
    _of_labels("recall", "Recall", BINARY, confusion.recall, interval=precise.recall),
    _of_labels("specificity", "Specificity", BINARY, confusion.specificity, interval=precise.specificity),
    _of_labels("f1", "F1", BINARY, confusion.f1, interval=precise.f1),
    _of_labels("f1_macro", "F1, mean over classes", MULTICLASS, confusion.f1_macro),
    _of_labels("f1_weighted", "F1, weighted by class", MULTICLASS, confusion.f1_weighted),
    _of_labels("precision_macro", "Precision, mean over classes", MULTICLASS, confusion.precision_macro),
    _of_labels("recall_macro", "Recall, mean over classes", MULTICLASS, confusion.recall_macro),
    _of_labels("precision_weighted", "Precision, weighted by class", MULTICLASS, confusion.precision_weighted),
    _of_labels(
        "recall_weighted",
        "Recall, weighted by class (accuracy)",
        MULTICLASS,
        confusion.recall_weighted,
        interval=precise.accuracy,
    ),
    _of_labels("mcc", "Matthews correlation", CLASSES, confusion.mcc, scale=FISHER, bounds=(-1.0, 1.0)),
    Metric(
        "roc_auc_ovr",
        "Area under the ROC curve, one versus rest",
        MULTICLASS,
        "scores",
        preparation.areas,
        LOGIT,
        interval=precise.areas,
    ),
    _loss("log_loss", "Log loss", CLASSES, preparation.log_losses),
    _loss("brier", "Brier score", CLASSES, preparation.brier_losses, most=2.0),
    Metric(
        "calibration_error",
        "Expected calibration error (10 bins of equal size)",
        BINARY,
        "scores",
        preparation.calibration,
        LOG,
        greater_is_better=False,
        best=0.0,
        bounds=(0.0, 1.0),
        interval=precise.calibration,
    ),
    Metric(
        "lift_top_decile",
        "Lift of the highest tenth of scores",
        BINARY,
        "scores",
        preparation.top_share,
        LOG,
        best=10.0,
        bounds=(0.0, 10.0),
        interval=precise.lift,
    ),
    _loss("rmse", "Root mean squared error", NUMBERS, preparation.squared_errors, root=True),
    _loss("mae", "Mean absolute error", NUMBERS, preparation.absolute_errors),
    Metric(
        "median_absolute_error",
        "Median absolute error",
        NUMBERS,
        "values",
        preparation.median_error,
        LOG,
        greater_is_better=False,
        best=0.0,
        bounds=(0.0, math.inf),
        interval=precise.median_error,
    ),
    Metric(
        "absolute_error_90",
        "Absolute error that 90 % of rows do not exceed",
        NUMBERS,
        "values",
        preparation.of_error_quantile(0.9),
        LOG,
        greater_is_better=False,
        best=0.0,
        bounds=(0.0, math.inf),
        interval=precise.of_error_quantile(0.9),
    ),
    _loss("pinball_10", "Pinball loss at the 10 % quantile", NUMBERS, preparation.pinball_losses(0.1)),
    _loss("pinball_90", "Pinball loss at the 90 % quantile", NUMBERS, preparation.pinball_losses(0.9)),
    _loss("mape", "Mean absolute percentage error (1 is 100 %)", NUMBERS, preparation.relative_errors),
    Metric(
        "r2",
        "R²",
        NUMBERS,
        "values",
        preparation.determination,
        LOG_REST,
        bounds=(-math.inf, 1.0),
        interval=precise.determination,
    ),
)
METRICS = {metric.name: metric for metric in _ALL}


def get_metric(name: str) -> Metric:
    """The metric by name; a ProblemError that lists the names otherwise."""
    if name not in METRICS:
        raise ProblemError(
            "No metric by that name",
            value=name,
            allowed=listing(METRICS, limit=len(METRICS)),
            next_step=suggestion(name, METRICS),
        )
    return METRICS[name]


def metrics_for(task: Task) -> list[Metric]:
    """Every metric that applies to the task, the usual first ones first."""
    return [metric for metric in _ALL if task in metric.tasks]


def default_metric(task: Task, minority_share: float | None = None) -> str:
    """The metric models are chosen by when the user names none.

    Under a rare class (below 10 % of rows) the area under the ROC curve and accuracy look good for models
    that find nothing, so the choice moves to average precision and to the mean F1 over classes.
    """
    rare = minority_share is not None and minority_share < RARE
    if task == "binary":
        return "average_precision" if rare else "roc_auc"
    if task == "multiclass":
        return "f1_macro" if rare else "accuracy"
    return "rmse"
