"""Differences of two arms with intervals that hold at all times at once, so that a test may be looked at whenever one likes.

Asymptotic confidence sequences (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2021, "Time-uniform central limit theory and
asymptotic confidence sequences", theorem 2.2): a normal mixture as in Robbins (1970), whose inverse is the p value of a
mixture sequential probability ratio test (Johari, Pekelis, Walsh 2015). Means and proportions of units that are randomly
assigned; adjusted for a covariate from before the test (CUPED; Deng, Xu, Kohavi, Walker 2013) where there is one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specweave.metrics.predictions import FloatArray

PLANNED = 10_000
"""Units at which the intervals are tightest when no plan says."""
FEWEST = 100
"""Units each arm needs before the first interval: the theory is one of large samples."""
OF_SKEWED = 25
"""Units each arm needs at least for each unit of squared skewness (Cochran's rule): 25 events where they are rare."""


@dataclass(frozen=True, eq=False)
class Track:
    """The difference (treatment - control) after each unit in order of exposure; all arrays have shape (n,).

    Where there is no interval yet, `low` and `high` are infinite and `p_value` is 1. `p_value` is always valid: it
    never rises. `reduction` is the share of the variance that the covariate took away at the end.
    """

    difference: FloatArray
    low: FloatArray
    high: FloatArray
    p_value: FloatArray
    reduction: float = 0.0

    def __len__(self) -> int:
        return len(self.difference)


def mixture_scale(planned: float, alpha: float) -> float:
    """The rho that makes the interval tightest at `planned` units (the same paper, its appendix on tuning rho)."""
    twice = -2 * math.log(alpha)
    return math.sqrt((twice + math.log(twice + 1)) / planned)


def half_width(n: FloatArray | float, variance: FloatArray | float, *, alpha: float, rho: float) -> FloatArray:
    """Half the interval after n units, where `variance` is n times the variance of the estimate."""
    n = np.asarray(n, dtype=np.float64)
    mixed = n * rho**2 + 1
    return np.asarray(np.sqrt(variance * 2 * mixed / (n * rho) ** 2 * np.log(np.sqrt(mixed) / alpha)))


def track(
    values: FloatArray,
    treated: NDArray[np.bool_],
    *,
    covariate: FloatArray | None = None,
    alpha: float = 0.05,
    planned: float = PLANNED,
) -> Track:
    """The difference of means over time, for values of shape (n,) in order of exposure."""
    value, variance, reduction = _differences(values, treated, covariate)
    n = np.arange(1, len(values) + 1, dtype=np.float64)
    rho = mixture_scale(planned, alpha)
    half = half_width(n, variance * n, alpha=alpha, rho=rho)
    ready = _ready(values, treated) & (variance > 0)
    half = np.where(ready, half, np.inf)
    return Track(
        difference=value,
        low=value - half,
        high=value + half,
        p_value=_p_values(n, value, variance, ready, rho),
        reduction=reduction,
    )


def _p_values(
    n: FloatArray, value: FloatArray, variance: FloatArray, ready: NDArray[np.bool_], rho: float
) -> FloatArray:
    mixed = n * rho**2 + 1
    with np.errstate(divide="ignore", invalid="ignore"):
        log_evidence = n * rho**2 * value**2 / (2 * mixed * variance) - 0.5 * np.log(mixed)
    evidence = np.where(ready, log_evidence, 0.0)
    return np.asarray(np.exp(-np.maximum.accumulate(np.maximum(evidence, 0.0))))


def _differences(
    values: FloatArray, treated: NDArray[np.bool_], covariate: FloatArray | None
) -> tuple[FloatArray, FloatArray, float]:
    """Difference and its variance after each unit, and the share of variance the covariate took away."""
    x = np.zeros(len(values)) if covariate is None else np.asarray(covariate, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        one, zero = (_moments(values, x, of) for of in (treated, ~treated))
        plain = one.yy + zero.yy
        spread = one.xx + zero.xx
        slope = np.where(spread > 0, (one.xy + zero.xy) / spread, 0.0)
        difference = one.y - zero.y - slope * (one.x - zero.x)
        variance = np.maximum(plain - 2 * slope * (one.xy + zero.xy) + slope**2 * spread, 0.0)
    # Rounding of constant outcomes is no evidence of spread.
    rounding = np.square(1e-12 * np.abs(values).max(initial=0.0)) + 1e-12 * np.nan_to_num(plain)
    variance[~(variance > rounding)] = 0.0
    whole = plain[-1] if len(plain) else 0.0
    reduction = float(1 - variance[-1] / whole) if covariate is not None and whole > 0 else 0.0
    return np.nan_to_num(difference), np.nan_to_num(variance), reduction


@dataclass(frozen=True, eq=False)
class _Moments:
    """Running means of one arm, and the variances and covariance of these means."""

    y: FloatArray
    x: FloatArray
    yy: FloatArray
    xx: FloatArray
    xy: FloatArray


def _moments(values: FloatArray, x: FloatArray, of: NDArray[np.bool_]) -> _Moments:
    n = np.cumsum(of).astype(np.float64)
    # Centred first: sums of squares of large numbers would lose the digits that matter.
    middle_y, middle_x = values.mean() if len(values) else 0.0, x.mean() if len(x) else 0.0
    y_in, x_in = np.where(of, values - middle_y, 0.0), np.where(of, x - middle_x, 0.0)
    mean_y, mean_x = np.cumsum(y_in) / n, np.cumsum(x_in) / n

    def covariance(a: FloatArray, b: FloatArray, mean_a: FloatArray, mean_b: FloatArray) -> FloatArray:
        return np.asarray((np.cumsum(a * b) - n * mean_a * mean_b) / (n - 1) / n)

    return _Moments(
        y=mean_y,
        x=mean_x,
        yy=covariance(y_in, y_in, mean_y, mean_y),
        xx=covariance(x_in, x_in, mean_x, mean_x),
        xy=covariance(x_in, y_in, mean_x, mean_y),
    )


def units_needed(values: FloatArray) -> FloatArray:
    """Units each arm needs before an interval is given, by the skewness of the values so far; shape (n,)."""
    n = np.arange(1, len(values) + 1, dtype=np.float64)
    centred = values - (values.mean() if len(values) else 0.0)
    first, second, third = (np.cumsum(centred**power) / n for power in (1, 2, 3))
    spread = second - first**2
    with np.errstate(divide="ignore", invalid="ignore"):
        skewness = (third - 3 * first * second + 2 * first**3) / spread**1.5
    return np.maximum(FEWEST, OF_SKEWED * np.nan_to_num(skewness, posinf=0.0, neginf=0.0) ** 2)


def _ready(values: FloatArray, treated: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """After which units there is enough of both arms."""
    needed = units_needed(values)
    return np.asarray((np.cumsum(treated) >= needed) & (np.cumsum(~treated) >= needed))


def is_yes_or_no(values: FloatArray) -> bool:
    """Whether the outcome is a proportion: every value 0 or 1."""
    return bool(np.isin(values, (0.0, 1.0)).all())
