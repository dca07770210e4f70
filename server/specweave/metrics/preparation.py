"""From predictions to a prepared statistic, or to the reason why the metric is not defined on them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from specweave.metrics.calibration import OfCalibration
from specweave.metrics.confusion import Formula
from specweave.metrics.lift import OfTopShare
from specweave.metrics.predictions import FloatArray, Predictions
from specweave.metrics.statistics import (
    OfAreas,
    OfConfusion,
    OfDetermination,
    OfMean,
    OfMedian,
    OfQuantile,
    OfRanking,
    Statistic,
)
from specweave.metrics.undefined import UndefinedMetric

# Comparing with each of a few names is ten times faster than a search among them.
FEW_CLASSES = 16
TOP_SHARE = 0.1
Losses = Callable[[Predictions], FloatArray]


def of_confusion(formula: Formula) -> Callable[[Predictions], Statistic]:
    """A metric of labels; for a binary problem the positive class has index 1."""

    def prepare(predictions: Predictions) -> Statistic:
        names = ordered_classes(predictions)
        return OfConfusion(codes(predictions.truth, names), codes(predictions.labels, names), len(names), formula)

    return prepare


def of_mean(losses: Losses, *, root: bool = False) -> Callable[[Predictions], Statistic]:
    return lambda predictions: OfMean(losses(predictions), root)


def area(predictions: Predictions) -> Statistic:
    return OfRanking(*ranked(predictions))


def average_precision(predictions: Predictions) -> Statistic:
    scores, positive = ranked(predictions)
    return OfRanking(scores, positive, precision=True)


def areas(predictions: Predictions) -> Statistic:
    scores = probabilities(predictions)
    absent = [name for name in predictions.classes if not (predictions.truth == name).any()]
    if absent or len(predictions.classes) < 2:
        raise UndefinedMetric(f"class {absent[0]} has no rows" if absent else "there is only one class")
    return OfAreas(
        tuple(
            OfRanking(column, predictions.truth == name)
            for name, column in zip(predictions.classes, scores.T, strict=True)
        )
    )


def median_error(predictions: Predictions) -> Statistic:
    return OfMedian(absolute_errors(predictions))


def determination(predictions: Predictions) -> Statistic:
    if np.ptp(predictions.truth) == 0:
        raise UndefinedMetric("the target has the same value in every row")
    return OfDetermination(predictions.truth, predictions.labels)


def of_error_quantile(share: float) -> Callable[[Predictions], Statistic]:
    return lambda predictions: OfQuantile(absolute_errors(predictions), share)


def pinball_losses(share: float) -> Losses:
    """The loss whose best constant answer is the quantile at `share`."""

    def losses(predictions: Predictions) -> FloatArray:
        errors: FloatArray = predictions.truth - predictions.labels
        return np.maximum(share * errors, (share - 1) * errors)

    return losses


def top_share(predictions: Predictions) -> Statistic:
    return OfTopShare(*ranked(predictions), TOP_SHARE)


def calibration(predictions: Predictions) -> Statistic:
    scores, positive = ranked(predictions, needs_both=False)
    return OfCalibration.of(scores, positive)


def squared_errors(predictions: Predictions) -> FloatArray:
    errors: FloatArray = predictions.truth - predictions.labels
    return np.square(errors)


def absolute_errors(predictions: Predictions) -> FloatArray:
    errors: FloatArray = predictions.truth - predictions.labels
    return np.absolute(errors)


def relative_errors(predictions: Predictions) -> FloatArray:
    zeros = int((predictions.truth == 0).sum())
    if zeros:
        raise UndefinedMetric(f"the target is zero in {zeros} rows")
    relative: FloatArray = absolute_errors(predictions) / np.abs(predictions.truth)
    return relative


def log_losses(predictions: Predictions) -> FloatArray:
    """−log of the probability given to the true class, which is clipped as scikit-learn does."""
    scores = probabilities(predictions)
    given = scores[np.arange(len(scores)), codes(predictions.truth, predictions.classes)]
    smallest = np.finfo(np.float64).eps
    return -np.log(np.clip(given, smallest, 1 - smallest))


def brier_losses(predictions: Predictions) -> FloatArray:
    """Squared distance of the probabilities from the truth; halved for two classes, as is customary."""
    scores = probabilities(predictions)
    if predictions.task == "binary":
        chance, positive = ranked(predictions, needs_both=False)
        return np.square(chance - positive)
    truth = codes(predictions.truth, predictions.classes)[:, None] == np.arange(len(predictions.classes))
    losses: FloatArray = np.square(scores - truth).sum(axis=1)
    return losses


def ranked(predictions: Predictions, *, needs_both: bool = True) -> tuple[FloatArray, NDArray[np.bool_]]:
    """The positive class's probabilities and where it is true."""
    probabilities(predictions)
    if predictions.positive is None or predictions.positive_scores is None:
        raise UndefinedMetric("no class was named as the positive one")
    positive = predictions.truth == predictions.positive
    if needs_both and (positive.all() or not positive.any()):
        raise UndefinedMetric(f"the truth holds only one class ({predictions.truth[0]})")
    return predictions.positive_scores, positive


def n_positive(predictions: Predictions) -> int:
    return int((predictions.truth == predictions.positive).sum())


def probabilities(predictions: Predictions) -> FloatArray:
    if predictions.scores is None:
        raise UndefinedMetric("the model gives no probabilities")
    return predictions.scores


def ordered_classes(predictions: Predictions) -> tuple[str, ...]:
    """The classes with the positive one last, so that a binary problem has it at index 1."""
    positive = predictions.positive
    if predictions.task != "binary":
        return predictions.classes
    if positive is None:
        raise UndefinedMetric("no class was named as the positive one")
    others = tuple(name for name in predictions.classes if name != positive)
    # A single known class still needs a partner for the 2 x 2 table.
    return (*(others or ("",)), positive)


def codes(labels: NDArray[np.str_], names: tuple[str, ...]) -> NDArray[np.int64]:
    """Positions of labels in `names`."""
    if len(names) > FEW_CLASSES:
        order = np.argsort(np.array(names))
        return order[np.searchsorted(np.array(names)[order], labels)].astype(np.int64)
    found = np.zeros(len(labels), dtype=np.int64)
    for at, name in enumerate(names[1:], start=1):
        found[labels == name] = at
    return found
