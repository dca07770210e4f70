"""Curves of a classifier with pointwise bootstrap bands, and the bins of a calibration plot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specweave.metrics.intervals import normal_quantile, wilson
from specweave.metrics.predictions import FloatArray
from specweave.metrics.resampling import bootstrap_weights

RESAMPLES = 200
POINTS = 201
LEVEL = 0.95
GRID = np.linspace(0, 1, POINTS)


@dataclass(frozen=True)
class Curve:
    """y over x, with a pointwise band if asked for; all of one shape."""

    x: FloatArray
    y: FloatArray
    low: FloatArray | None = None
    high: FloatArray | None = None


@dataclass(frozen=True)
class Bins:
    """Mean probability and observed share per bin of equally many rows, with Wilson intervals.

    `calm_low` and `calm_high` bound the shares a perfectly calibrated model would show in 95 % of samples.
    """

    predicted: FloatArray
    observed: FloatArray
    low: FloatArray
    high: FloatArray
    calm_low: FloatArray
    calm_high: FloatArray


def roc_curve(scores: FloatArray, positive: NDArray[np.bool_], *, band: bool = True) -> Curve:
    """Share of positives found over the share of negatives flagged."""

    def at(found: FloatArray, flagged: FloatArray) -> FloatArray:
        misses = flagged - found
        return np.interp(GRID, np.r_[0.0, misses / misses[-1]], np.r_[0.0, found / found[-1]])

    return _curve(scores, positive, at, band=band)


def precision_recall_curve(scores: FloatArray, positive: NDArray[np.bool_], *, band: bool = True) -> Curve:
    """Precision over recall; at each recall the first threshold that reaches it."""

    def at(found: FloatArray, flagged: FloatArray) -> FloatArray:
        # Never before the first hit: with nothing found there is no precision to speak of.
        wanted = np.maximum(GRID * found[-1] * (1 - 1e-12), 0.5)
        reached = np.searchsorted(found, wanted)
        precision: FloatArray = found[reached] / flagged[reached]
        return precision

    return _curve(scores, positive, at, band=band)


def by_threshold(scores: FloatArray, positive: NDArray[np.bool_]) -> dict[str, Curve]:
    """Precision, recall and F1 where rows with at least the threshold's probability count as positive."""
    ordered = np.sort(scores)[::-1]
    flagged_until = np.searchsorted(-ordered, -GRID, side="right")

    def ratio(which: str) -> Callable[[FloatArray, FloatArray], FloatArray]:
        def at(found: FloatArray, flagged: FloatArray) -> FloatArray:
            hits, claimed = np.r_[0.0, found][flagged_until], np.r_[0.0, flagged][flagged_until]
            below = {"precision": claimed, "recall": np.full(POINTS, found[-1]), "f1": (claimed + found[-1]) / 2}[which]
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.where(below > 0, hits / below, np.nan)

        return at

    return {which: _curve(scores, positive, ratio(which), every_row=True) for which in ("precision", "recall", "f1")}


def calibration_bins(probabilities: FloatArray, happened: NDArray[np.bool_], bins: int = 10) -> Bins:
    """Bins of equally many rows, at least 20 in each, by rising probability."""
    order = np.argsort(probabilities, kind="stable")
    parts = [part for part in np.array_split(order, max(1, min(bins, len(order) // 20))) if len(part)]
    ends = np.array([wilson(float(happened[part].sum()), len(part), LEVEL) for part in parts])
    predicted = np.array([probabilities[part].mean() for part in parts])
    half = normal_quantile(LEVEL) * np.array(
        [np.sqrt((probabilities[part] * (1 - probabilities[part])).sum()) / len(part) for part in parts]
    )
    return Bins(
        predicted=predicted,
        observed=np.array([happened[part].mean() for part in parts]),
        low=ends[:, 0],
        high=ends[:, 1],
        calm_low=np.maximum(predicted - half, 0.0),
        calm_high=np.minimum(predicted + half, 1.0),
    )


def _curve(
    scores: FloatArray,
    positive: NDArray[np.bool_],
    at: Callable[[FloatArray, FloatArray], FloatArray],
    *,
    band: bool = True,
    every_row: bool = False,
) -> Curve:
    order = np.argsort(-scores, kind="stable")
    ranked, hit = scores[order], positive[order].astype(np.float64)
    # A threshold cannot part rows with one score; curves by threshold look the rows up themselves.
    last = np.arange(len(ranked)) if every_row else np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True])

    def curve(weights: FloatArray) -> FloatArray:
        return at(np.cumsum(weights * hit)[last], np.cumsum(weights)[last])

    line = curve(np.ones(len(scores)))
    if not band:
        return Curve(GRID, line)
    replicates = [
        curve(weights)
        for chunk in bootstrap_weights(len(scores), RESAMPLES, seed=0)
        for weights in chunk
        if 0 < weights @ hit < weights.sum()
    ]
    return Curve(GRID, line, *_quantiles(np.array(replicates), line))


def _quantiles(replicates: FloatArray, line: FloatArray) -> tuple[FloatArray, FloatArray]:
    tail = (1 - LEVEL) / 2
    known = np.isfinite(replicates).all(axis=0) if len(replicates) else np.zeros(len(line), dtype=bool)
    low, high = line.copy(), line.copy()
    if known.any():
        low[known], high[known] = np.quantile(replicates[:, known], (tail, 1 - tail), axis=0)
    return low, high
