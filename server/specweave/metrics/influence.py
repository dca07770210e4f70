"""What one row adds to a metric: its variance from one sort instead of a thousand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specweave.metrics import preparation
from specweave.metrics.intervals import placements
from specweave.metrics.lift import OfTopShare
from specweave.metrics.predictions import FloatArray, Predictions


def average_precision(predictions: Predictions) -> FloatArray:
    return precision_influence(*preparation.ranked(predictions))


def lift(predictions: Predictions) -> FloatArray:
    return OfTopShare(*preparation.ranked(predictions), preparation.TOP_SHARE).influence


def areas(predictions: Predictions) -> FloatArray:
    """Of the mean of one-versus-rest areas; one row moves all of them."""
    total = np.zeros(len(predictions))
    for name, column in zip(predictions.classes, preparation.probabilities(predictions).T, strict=True):
        positive = predictions.truth == name
        above, below = placements(column, positive)
        total[positive] += (above - above.mean()) / positive.mean()
        total[~positive] += (below - below.mean()) / (1 - positive.mean())
    return total / len(predictions.classes)


def determination(predictions: Predictions) -> FloatArray:
    """Of R², one minus a ratio of means."""
    squares, spread = preparation.squared_errors(predictions), (predictions.truth - predictions.truth.mean()) ** 2
    rest = squares.mean() / spread.mean()
    influence: FloatArray = (rest * spread - squares) / spread.mean()
    return influence


def precision_influence(scores: FloatArray, positive: NDArray[np.bool_]) -> FloatArray:
    """The influence function of average precision at each row, shape (n,), with mean 0.

    Average precision is E[y a(s)/b(s)] / E[y], where a(s) is the share of rows that are positive and score at least s,
    and b(s) that of all rows scoring so. Differentiating in the distribution gives, for a row (y, s),
    (y (p(s) − AP) + Σ over positives j with s_j ≤ s of (y − p_j) / B_j) / E[y], with precision p and B rows at least s_j.
    Its mean square over n is the variance; ties enter together.
    """
    order = np.argsort(scores)
    ordered = scores[order]
    hits = positive[order].astype(np.float64)
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.r_[starts, len(scores)])
    of_group = np.add.reduceat(hits, starts)
    at_least = np.cumsum(sizes[::-1])[::-1]
    precision = np.cumsum(of_group[::-1])[::-1] / at_least
    average = float((of_group * precision).sum() / of_group.sum())
    pushed = np.repeat(np.cumsum(of_group / at_least), sizes)
    lost = np.repeat(np.cumsum(of_group * precision / at_least), sizes)
    moved = hits * (np.repeat(precision, sizes) - average + pushed) - lost
    influence = np.empty(len(scores))
    influence[order] = moved / hits.mean()
    return influence
