"""The expected calibration error: how far stated probabilities are from what happens, bin by bin.

Ten bins of equal size by score (Naeini, Cooper and Hauskrecht 2015), the bins kept fixed while resampling. The error
cannot be negative, so chance alone makes it positive for a perfectly calibrated model; the interval corrects for that, and holds 0 wherever chance alone explains the error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specweave.metrics.intervals import Interval
from specweave.metrics.predictions import FloatArray

BINS = 10
DRAWS = 4000


@dataclass(frozen=True)
class OfCalibration:
    """`bins` and `gaps` (1 or 0 minus the probability) of each row; equal scores share a bin."""

    bins: NDArray[np.int64]
    gaps: FloatArray
    n_bins: int

    @classmethod
    def of(cls, scores: FloatArray, positive: NDArray[np.bool_]) -> OfCalibration:
        edges = np.unique(np.quantile(scores, np.arange(1, BINS) / BINS))
        return cls(np.searchsorted(edges, scores), positive - scores, len(edges) + 1)

    def __call__(self, weights: FloatArray) -> FloatArray:
        sums = np.stack([np.bincount(self.bins, weights=one * self.gaps, minlength=self.n_bins) for one in weights])
        error: FloatArray = np.abs(sums).sum(axis=1) / weights.sum(axis=1)
        return error

    def interval(self, value: float, level: float, seed: int = 0) -> Interval:
        """Reflected quantiles of the error under resampling; sums within bins are drawn from their normal limit."""
        n = len(self.gaps)
        sums = np.bincount(self.bins, weights=self.gaps, minlength=self.n_bins)
        squares = np.bincount(self.bins, weights=self.gaps**2, minlength=self.n_bins)
        rng = np.random.default_rng(seed)
        noise = rng.normal(size=(DRAWS, self.n_bins)) * np.sqrt(squares)
        tail = (1 - level) / 2
        low, high = np.quantile(np.abs(sums + noise).sum(axis=1) / n, (tail, 1 - tail))
        by_chance = float(np.quantile(np.abs(noise).sum(axis=1) / n, 1 - tail))
        least = 0.0 if value <= by_chance else max(0.0, 2 * value - float(high))
        return Interval(least, max(0.0, 2 * value - float(low)))
