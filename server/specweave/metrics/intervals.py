"""Confidence intervals that keep their promise near 0 and 1, where the percentile bootstrap does not.

Each was chosen by simulated coverage (see the tests): Wilson (1927) for proportions; MOVER (Zou and Donner 2008) for
means of proportions; Hall's (1992) correction for skewness for mean losses; DeLong, DeLong and Clarke-Pearson (1988)
on the logit scale for the area under the ROC curve.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from specweave.metrics.predictions import FloatArray


class Interval(NamedTuple):
    """Both ends of a confidence interval."""

    low: float
    high: float

    def around(self, value: float, least: float, most: float) -> Interval:
        """The interval without what lies beyond `least` and `most`; it holds `value`, which rounding may put beside it."""
        return Interval(min(max(self.low, least), value), max(min(self.high, most), value))


# Cases of the rarer class that the expected variance counts for; chosen by simulated coverage.
PRIOR_CASES = 5


@dataclass(frozen=True)
class Scale:
    """A scale on which a metric's error is nearly normal, and the way back."""

    name: str
    there: Callable[[FloatArray], FloatArray]
    back: Callable[[FloatArray], FloatArray]


LOGIT = Scale("logit", lambda p: np.log(p) - np.log1p(-p), lambda x: 1 / (1 + np.exp(-x)))
FISHER = Scale("Fisher z", np.arctanh, np.tanh)
LOG = Scale("log", np.log, np.exp)
LOG_REST = Scale("log of the rest", lambda r: np.log1p(-r), lambda x: 1 - np.exp(x))


def normal_quantile(level: float) -> float:
    """z such that a standard normal lies in ±z with probability `level`."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def student_quantile(level: float, degrees: int) -> float:
    """The same for Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(max(degrees, 1), 0.5 + level / 2))


def wilson(hits: float, n: float, level: float) -> Interval:
    """Wilson's score interval for `hits` of `n`."""
    z2 = normal_quantile(level) ** 2
    centre = (hits + z2 / 2) / (n + z2)
    half = np.sqrt(z2 * (hits * (n - hits) / n + z2 / 4)) / (n + z2)
    return Interval(max(0.0, float(centre - half)), min(1.0, float(centre + half)))


def mover_mean(hits: FloatArray, n: FloatArray, level: float) -> Interval:
    """The interval of an unweighted mean of independent proportions, from Wilson's for each (Zou and Donner 2008)."""
    rates = hits / n
    ends = np.array([wilson(h, m, level) for h, m in zip(hits, n, strict=True)])
    below = np.sqrt(((rates - ends[:, 0]) ** 2).sum()) / len(rates)
    above = np.sqrt(((ends[:, 1] - rates) ** 2).sum()) / len(rates)
    return Interval(float(rates.mean() - below), float(rates.mean() + above))


def on_scale(scale: Scale, value: float, error: float, quantile: float) -> Interval:
    """value ± quantile × error on the scale, where `error` is the standard error there, carried back."""
    centre = scale.there(np.float64(value))  # type: ignore[arg-type]
    ends = sorted(float(scale.back(centre + sign * quantile * error)) for sign in (-1, 1))
    return Interval(*ends)


def area_interval(area: float, positives: FloatArray, negatives: FloatArray, level: float) -> Interval:
    """The area under the ROC curve, from DeLong's placement values of both classes."""
    if area in (0, 1):
        return _perfect_area(area, len(positives), len(negatives), level)
    variance = float(_variance_of_mean(positives) + _variance_of_mean(negatives))
    if variance == 0:
        return Interval(area, area)  # every score is the same: half by definition, not by chance
    m, n = len(positives), len(negatives)
    variance = steadied(variance, hanley_mcneil(area, m, n), min(m, n))
    error = float(np.sqrt(variance)) / (area * (1 - area))
    return on_scale(LOGIT, area, error, normal_quantile(level))


def steadied(variance: float, expected: float, cases: int) -> float:
    """A variance seen in few cases, pulled up towards the expected one as if PRIOR_CASES more had shown that.

    Near a perfect score most cases are alike and the variance seen is far too small most of the time: without this,
    an area of 0.99 from 40 positives is covered 85 % of the time, with it 95 %.
    """
    return (cases * variance + PRIOR_CASES * max(variance, expected)) / (cases + PRIOR_CASES)


def hanley_mcneil(area: float, positives: int, negatives: int) -> float:
    """The area's variance from its value alone (Hanley and McNeil 1982, with Newcombe's mean class size, 2006)."""
    others = (positives + negatives) / 2 - 1
    return area * (1 - area) * (1 + others * ((1 - area) / (2 - area) + area / (1 + area))) / (positives * negatives)


def placements(scores: FloatArray, positive: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """For each positive the share of negatives below it, and for each negative the share of positives above; ties half.

    The mean of either is the area under the ROC curve; they are DeLong's structural components.
    """
    order = np.argsort(scores)
    ordered, hits = scores[order], positive[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.r_[starts, len(scores)])
    of_group = np.add.reduceat(hits.astype(np.float64), starts)
    others = sizes - of_group
    m, n = float(of_group.sum()), float(others.sum())
    below = np.repeat((np.cumsum(others) - others / 2) / n, sizes)
    above = np.repeat(1 - (np.cumsum(of_group) - of_group / 2) / m, sizes)
    placed = np.empty(len(scores))
    placed[order] = np.where(hits, below, above)
    return placed[positive], placed[~positive]


def mean_of_losses(losses: FloatArray, level: float) -> Interval:
    """The mean of losses ≥ 0 by Student's t, corrected for skewness with Hall's cubic (1992)."""
    mean, spread, n = float(losses.mean()), float(losses.std()), len(losses)
    if spread <= abs(mean) * 1e-12:
        return Interval(mean, mean)
    skewness = float(np.mean(((losses - mean) / spread) ** 3))
    quantile = student_quantile(level, n - 1)
    ends = (mean - _unskewed(sign * quantile, skewness, n) * spread / np.sqrt(n - 1) for sign in (1, -1))
    low, high = (float(end) for end in ends)
    return Interval(max(low, 0.0), high)


def _unskewed(quantile: float, skewness: float, n: int) -> float:
    """Where the t statistic of a skewed mean has the quantile of a symmetric one."""
    if abs(skewness) < 1e-6:
        return quantile
    root = np.sqrt(n)
    return float(3 * root / skewness * (np.cbrt(1 + skewness * (quantile / root - skewness / (6 * n))) - 1))


def median_of(values: FloatArray, level: float) -> Interval:
    """Order statistics between which the median lies with at least the asked probability (binomial, distribution-free)."""
    return quantile_of(values, 0.5, level)


def quantile_of(values: FloatArray, share: float, level: float) -> Interval:
    """Order statistics between which a quantile lies with about the asked probability (binomial, distribution-free)."""
    from scipy.stats import binom

    ordered = np.sort(values)
    n = len(ordered)
    low, high = (int(binom.ppf(tail, n, share)) for tail in ((1 - level) / 2, (1 + level) / 2))
    return Interval(float(ordered[max(low - 1, 0)]), float(ordered[min(high, n - 1)]))


def determination(truth: FloatArray, predicted: FloatArray, value: float, level: float) -> Interval:
    """R² on the log scale of its rest: log(squared error) − log(spread), by the delta method."""
    squares, spread = (truth - predicted) ** 2, (truth - truth.mean()) ** 2
    if not squares.any():
        return Interval(value, value)
    influence = squares / squares.mean() - spread / spread.mean()
    error = float(influence.std(ddof=1)) / np.sqrt(len(truth))
    return on_scale(LOG_REST, value, error, student_quantile(level, len(truth) - 1))


def _variance_of_mean(values: FloatArray) -> float:
    return float(values.var(ddof=1)) / len(values) if len(values) > 1 else 0.25


def _perfect_area(area: float, positives: int, negatives: int, level: float) -> Interval:
    # With perfect separation DeLong's variance is 0; the rarer class bounds what could have been seen.
    return wilson(round(area) * min(positives, negatives), min(positives, negatives), level)
