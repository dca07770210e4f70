"""Lift: how many times more positives the highest scores hold than the rows at large."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specweave.metrics.predictions import FloatArray


class OfTopShare:
    """Share of positives among the top `share` of rows by score, over their share among all rows.

    Rows with equal scores at the cut enter in equal parts, so the value does not depend on the order of the rows.
    """

    def __init__(self, scores: FloatArray, positive: NDArray[np.bool_], share: float) -> None:
        self._order = np.argsort(-scores, kind="stable")
        ordered = scores[self._order]
        self._starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        self._positive = positive[self._order].astype(np.float64)
        self._share = share

    def __call__(self, weights: FloatArray) -> FloatArray:
        drawn = weights[:, self._order]
        rows = np.add.reduceat(drawn, self._starts, axis=1)
        hits = np.add.reduceat(drawn * self._positive, self._starts, axis=1)
        room = self._share * rows.sum(axis=1, keepdims=True)
        before = np.cumsum(rows, axis=1) - rows
        taken = np.clip(room - before, 0, rows)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (np.where(rows > 0, taken / rows, 0.0) * hits).sum(axis=1)
            value: FloatArray = found / hits.sum(axis=1) / self._share
        return value

    @property
    def influence(self) -> FloatArray:
        """What each row adds to the value, shape (n,), mean 0: the top's cut moves with the rows.

        The rate of positives at the cut, which the moving cut exchanges, is taken from the rows around it.
        """
        n = len(self._order)
        base = self._positive.mean()
        room = self._share * n
        sizes = np.diff(np.r_[self._starts, n]).astype(np.float64)
        before = np.cumsum(sizes) - sizes
        inside = np.repeat(np.clip(room - before, 0, sizes) / sizes, sizes.astype(np.int64))
        window = max(10, int(n**0.7 / 4))
        at = int(room)
        rate = self._positive[max(0, at - window) : at + window].mean()
        recall = float((inside * self._positive).mean() / base)
        moved = inside * self._positive - rate * (inside - self._share) - recall * self._positive
        influence = np.empty(n)
        influence[self._order] = moved / base / self._share
        return influence
