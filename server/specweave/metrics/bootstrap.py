"""From a metric's values on resamples to its interval."""

from __future__ import annotations

import numpy as np

from specweave.metrics.intervals import FISHER, LOGIT, Interval, Scale, on_scale, steadied, student_quantile, wilson
from specweave.metrics.predictions import FloatArray

# Below this share of usable resamples an interval would describe the lucky ones only.
USABLE = 0.9


def bootstrap_interval(
    scale: Scale,
    value: float,
    replicates: FloatArray,
    *,
    level: float,
    units: int,
    rarest: int,
    cases: int | None = None,
) -> tuple[Interval, str]:
    """The interval around `value` and how it was made.

    Student's t with the resamples' spread on the metric's scale, which keeps its coverage near the ends where
    percentiles do not; percentiles where the scale has no room left. `units` rows or groups were resampled, `rarest`
    counts the smallest class, `cases` the rows that alone carry the metric, if there are such.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = scale.there(replicates)
        centre = scale.there(np.array([value]))[0]
    moved = moved[np.isfinite(moved)]
    if not np.isfinite(centre) or len(moved) < USABLE * len(replicates):
        return _by_percentiles(scale, value, replicates, level, rarest), "percentiles"
    variance = float(moved.var(ddof=1))
    if cases is not None and scale is LOGIT:
        variance = steadied(variance, 1 / (cases * value * (1 - value)), cases)
    ends = on_scale(scale, value, float(np.sqrt(variance)), student_quantile(level, units - 1))
    return ends, f"{scale.name} scale"


def _by_percentiles(scale: Scale, value: float, replicates: FloatArray, level: float, rarest: int) -> Interval:
    tail = (1 - level) / 2
    low, high = (float(end) for end in np.quantile(replicates, (tail, 1 - tail)))
    if value == 1 and scale in (LOGIT, FISHER):
        # A perfect score cannot vary under resampling; the smallest class bounds what could have been seen.
        possible = wilson(rarest, rarest, level).low
        low = min(low, possible if scale is LOGIT else 2 * possible - 1)
    return Interval(low, high)
