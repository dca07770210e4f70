"""The smallest difference that the test on the sealed rows could have shown."""

from __future__ import annotations

from specweave.evaluation.diagnosis_result import Power
from specweave.metrics import Comparison, Estimate
from specweave.metrics.intervals import normal_quantile

POWER = 0.8


def smallest_difference(comparison: Comparison | None, own: Estimate | None, baseline: str | None) -> Power | None:
    """The true difference found with 80 % probability by the test that was used, from its own standard error.

    Against the baseline where there is a comparison, otherwise against any fixed value.
    """
    if comparison is not None and comparison.low is not None and comparison.high is not None and baseline:
        ends, metric, level, against = (comparison.low, comparison.high), comparison.metric, comparison.level, baseline
    elif own is not None and own.low is not None and own.high is not None:
        ends, metric, level, against = (own.low, own.high), own.metric, own.level, "a fixed value"
    else:
        return None
    error = (ends[1] - ends[0]) / 2 / normal_quantile(level)
    if error == 0:
        return None
    needed = normal_quantile(level) + normal_quantile(2 * POWER - 1)
    return Power(metric=metric, difference=needed * error, power=POWER, level=level, against=against)
