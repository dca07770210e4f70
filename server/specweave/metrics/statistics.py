"""Metrics as functions of row weights, so that one resample costs one vectorised pass and nothing is sorted twice.

A statistic is prepared once from predictions and then maps weights of shape (b, n), how often each of n rows
was drawn in each of b resamples, to b values. Weights of one give the plain metric; NaN means undefined in that resample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from specweave.metrics.cells import Cells
from specweave.metrics.predictions import FloatArray

Statistic = Callable[[FloatArray], FloatArray]
# Up to here average precision is resampled cell by cell; beyond, its influence function is as exact and faster.
FEW_POSITIVES = 2000


class GroupSums:
    """Sums of weights over rows that share a code; codes of shape (n,) in 0…k−1, some of which may not occur."""

    def __init__(self, codes: NDArray[np.int64], size: int) -> None:
        self._codes = codes
        self._size = size

    def __call__(self, weights: FloatArray) -> FloatArray:
        if len(weights) == 1:
            return np.bincount(self._codes, weights=weights[0], minlength=self._size)[None, :].astype(np.float64)
        order, starts, present = self._sorted
        sums = np.zeros((len(weights), self._size))
        sums[:, present] = np.add.reduceat(weights[:, order], starts, axis=1)
        return sums

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self._codes, kind="stable")
        ordered = self._codes[order]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        return order, starts, ordered[starts]


@dataclass(frozen=True)
class OfConfusion:
    """A metric of the confusion matrix; `formula` maps counts of shape (b, k, k), truth by prediction, to b values."""

    truth: NDArray[np.int64]
    labels: NDArray[np.int64]
    n_classes: int
    formula: Callable[[FloatArray], FloatArray]

    @cached_property
    def _sums(self) -> GroupSums:
        return GroupSums(self.truth * self.n_classes + self.labels, self.n_classes**2)

    def __call__(self, weights: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.formula(self._sums(weights).reshape(-1, self.n_classes, self.n_classes))

    @property
    def cells(self) -> Cells:
        """The cells of the confusion matrix that hold rows."""
        counts = np.bincount(self.truth * self.n_classes + self.labels, minlength=self.n_classes**2)
        held = np.flatnonzero(counts)

        def values(drawn: FloatArray) -> FloatArray:
            whole = np.zeros((len(drawn), self.n_classes**2))
            whole[:, held] = drawn
            with np.errstate(divide="ignore", invalid="ignore"):
                return self.formula(whole.reshape(-1, self.n_classes, self.n_classes))

        return Cells(counts[held].astype(np.float64), values)


def joint_cells(a: OfConfusion, b: OfConfusion) -> Cells:
    """The difference of two models' metrics on the same rows, by the cells of truth and both answers."""
    k = a.n_classes
    codes = (a.truth * k + a.labels) * k + b.labels
    held, counts = np.unique(codes, return_counts=True)
    of_a = held // k
    of_b = held // k**2 * k + held % k

    def side(drawn: FloatArray, cells: NDArray[np.int64], formula: Callable[[FloatArray], FloatArray]) -> FloatArray:
        gathered = np.zeros((k**2, len(held)))
        gathered[cells, np.arange(len(held))] = 1
        with np.errstate(divide="ignore", invalid="ignore"):
            return formula((drawn @ gathered.T).reshape(-1, k, k))

    return Cells(counts.astype(np.float64), lambda drawn: side(drawn, of_a, a.formula) - side(drawn, of_b, b.formula))


@dataclass(frozen=True)
class OfMean:
    """The mean of a loss per row, or its square root."""

    losses: FloatArray
    root: bool = False

    def __call__(self, weights: FloatArray) -> FloatArray:
        means: FloatArray = weights @ self.losses / weights.sum(axis=1)
        return np.sqrt(means) if self.root else means


class OfRanking:
    """The area under the ROC curve, and average precision, from one sort.

    Ties count half in the area (Mann and Whitney) and enter together in average precision, as in scikit-learn.
    """

    def __init__(self, scores: FloatArray, positive: NDArray[np.bool_], *, precision: bool = False) -> None:
        order = np.argsort(-scores, kind="stable")
        ordered = scores[order]
        self._order = order
        self._positive = positive[order].astype(np.float64)
        self._starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        self._tied = len(self._starts) < len(scores)
        self._precision = precision

    def __call__(self, weights: FloatArray) -> FloatArray:
        drawn = weights[:, self._order]
        hits = self._by_score(drawn * self._positive)
        drawn = self._by_score(drawn)
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._average_precision(hits, drawn) if self._precision else self._area(hits, drawn - hits)

    @property
    def cells(self) -> Cells | None:
        """For average precision with few positives: each score that a positive has, and the negatives between them.

        Negatives between two such scores move the precision of all positives below them alike, wherever they stand.
        """
        if not self._precision or self._positive.sum() > FEW_POSITIVES:
            return None
        positives = np.add.reduceat(self._positive, self._starts)
        rows = np.diff(np.r_[self._starts, len(self._order)]).astype(np.float64)
        with_hits = positives > 0
        # Each cell of a score with positives stands alone; a run of scores without any is one cell.
        group = np.cumsum(with_hits | np.r_[True, with_hits[:-1]]) - 1
        negatives = np.bincount(group, weights=rows - positives)
        hits = np.bincount(group, weights=positives)
        k = len(hits)

        def values(drawn: FloatArray) -> FloatArray:
            with np.errstate(divide="ignore", invalid="ignore"):
                return self._average_precision(drawn[:, :k], drawn[:, :k] + drawn[:, k:])

        return Cells(np.r_[hits, negatives], values)

    def _by_score(self, weights: FloatArray) -> FloatArray:
        return np.add.reduceat(weights, self._starts, axis=1) if self._tied else weights

    @staticmethod
    def _area(hits: FloatArray, misses: FloatArray) -> FloatArray:
        before = np.cumsum(hits, axis=1) - hits / 2
        area: FloatArray = np.einsum("ij,ij->i", before, misses) / (hits.sum(axis=1) * misses.sum(axis=1))
        return area

    @staticmethod
    def _average_precision(hits: FloatArray, drawn: FloatArray) -> FloatArray:
        found = np.cumsum(hits, axis=1)
        # Nothing drawn yet means nothing found yet: any divisor but zero gives the right zero.
        precision = found / np.maximum(np.cumsum(drawn, axis=1), 1e-300)
        average: FloatArray = np.einsum("ij,ij->i", hits, precision) / found[:, -1]
        return average


@dataclass(frozen=True)
class OfAreas:
    """The unweighted mean of one-versus-rest areas under the ROC curve."""

    areas: tuple[OfRanking, ...]

    def __call__(self, weights: FloatArray) -> FloatArray:
        return np.mean([area(weights) for area in self.areas], axis=0)  # type: ignore[no-any-return]


class OfQuantile:
    """The smallest value that at least a share of the rows does not exceed (numpy's "inverted_cdf")."""

    def __init__(self, values: FloatArray, share: float) -> None:
        self._order = np.argsort(values)
        self._sorted = values[self._order]
        self._share = share

    def __call__(self, weights: FloatArray) -> FloatArray:
        reached = np.cumsum(weights[:, self._order], axis=1)
        # Rounding must not push a whole number of rows over the next one.
        wanted = np.maximum(self._share * reached[:, -1] - 1e-9, 1e-9)
        found: FloatArray = self._sorted[(reached < wanted[:, None]).sum(axis=1)]
        return found


class OfMedian:
    """The median of values per row; whole-number weights give the median of the repeated values."""

    def __init__(self, values: FloatArray) -> None:
        self._order = np.argsort(values)
        self._sorted = values[self._order]

    def __call__(self, weights: FloatArray) -> FloatArray:
        reached = np.cumsum(weights[:, self._order], axis=1)
        total = reached[:, -1]
        low = (reached <= np.floor((total - 1) / 2)[:, None]).sum(axis=1)
        high = (reached <= np.floor(total / 2)[:, None]).sum(axis=1)
        middle: FloatArray = (self._sorted[low] + self._sorted[high]) / 2
        return middle


class OfDetermination:
    """The coefficient of determination, 1 − squared error / spread of the truth."""

    def __init__(self, truth: FloatArray, predicted: FloatArray) -> None:
        self._squares = (truth - predicted) ** 2
        self._centred = truth - truth.mean()

    def __call__(self, weights: FloatArray) -> FloatArray:
        total = weights.sum(axis=1)
        spread = weights @ self._centred**2 - (weights @ self._centred) ** 2 / total
        with np.errstate(divide="ignore", invalid="ignore"):
            value: FloatArray = 1 - (weights @ self._squares) / spread
        return np.where(spread > 0, value, np.nan)
