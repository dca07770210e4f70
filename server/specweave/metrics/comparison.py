"""Two models on the same rows: better, within noise, or worse."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from specweave.errors import DataError
from specweave.metrics import paired
from specweave.metrics.bootstrap import USABLE
from specweave.metrics.paired import Difference
from specweave.metrics.predictions import Predictions
from specweave.metrics.registry import Metric, get_metric
from specweave.metrics.resampling import bootstrap_weights, group_codes
from specweave.metrics.statistics import OfConfusion, joint_cells
from specweave.metrics.undefined import UndefinedMetric

Verdict = Literal["better", "within noise", "worse", "not defined"]


class Comparison(BaseModel):
    """Model a against model b on n shared rows; `difference` is metric(a) − metric(b), whatever its direction.

    The verdict is better or worse only where the interval excludes 0 and the test rejects at 1 − level.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    metric: str
    verdict: Verdict
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    test: str = ""
    level: float = 0.95
    n: int
    undefined: str | None = None


def compare(
    metric_name: str,
    a: Predictions,
    b: Predictions,
    *,
    n_resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    groups: Any = None,
) -> Comparison:
    """Whether a is better than b by this metric, paired on rows.

    Rows are matched by number where both have numbers, otherwise by position; `groups` (n labels in the order of a)
    makes the test resample whole groups. Raises DataError when the rows or their truth differ.
    """
    metric = get_metric(metric_name)
    b = _aligned(a, b)
    try:
        found = _difference(metric, a, b, n_resamples=n_resamples, level=level, seed=seed, groups=groups)
    except UndefinedMetric as error:
        return Comparison(metric=metric_name, verdict="not defined", level=level, n=len(a), undefined=error.reason)
    return Comparison(
        metric=metric_name,
        verdict=verdict(found, level, greater_is_better=metric.greater_is_better),
        difference=found.value,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        test=found.test,
        level=level,
        n=len(a),
    )


def verdict(found: Difference, level: float, *, greater_is_better: bool) -> Verdict:
    """What an interval and a test say about a difference."""
    if found.p_value >= 1 - level or found.low <= 0 <= found.high:
        return "within noise"
    return "better" if (found.value > 0) == greater_is_better else "worse"


def holm(p_values: Iterable[float]) -> list[float]:
    """Holm's (1979) adjusted p-values for several tests, in the order given."""
    values = np.asarray(list(p_values), dtype=np.float64)
    order = np.argsort(values)
    steps = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(p) for p in adjusted]


def _aligned(a: Predictions, b: Predictions) -> Predictions:
    if a.rows is not None and b.rows is not None and not np.array_equal(a.rows, b.rows):
        if not np.array_equal(np.sort(a.rows), np.sort(b.rows)):
            raise DataError(
                "The two models predicted different rows",
                value=f"{len(a)} and {len(b)} rows",
                next_step="predict the same rows with both",
            )
        order = np.argsort(b.rows, kind="stable")
        b = b.take(order[np.searchsorted(b.rows[order], a.rows)])
    if not np.array_equal(a.truth, b.truth):
        raise DataError("The two models' rows have different truth", next_step="predict the same rows with both")
    return b


def _difference(
    metric: Metric, a: Predictions, b: Predictions, *, n_resamples: int, level: float, seed: int, groups: Any
) -> Difference:
    from specweave.metrics.estimation import score

    value = score(metric.name, a) - score(metric.name, b)
    if len(a) < 2:
        raise UndefinedMetric("one row shows no spread")
    test = paired.by_formula(metric.name, len(a)) if groups is None else None
    if test is not None:
        return test(a, b, value, level)
    return _bootstrapped(metric, a, b, value, n_resamples=n_resamples, level=level, seed=seed, groups=groups)


def _bootstrapped(
    metric: Metric,
    a: Predictions,
    b: Predictions,
    value: float,
    *,
    n_resamples: int,
    level: float,
    seed: int,
    groups: Any,
) -> Difference:
    of_a, of_b = metric.prepare(a), metric.prepare(b)
    if isinstance(of_a, OfConfusion) and isinstance(of_b, OfConfusion) and groups is None:
        replicates = joint_cells(of_a, of_b).replicates(n_resamples, seed)
    else:
        drawn = bootstrap_weights(len(a), n_resamples, seed, groups)
        replicates = np.concatenate([of_a(weights) - of_b(weights) for weights in drawn])
    usable = replicates[np.isfinite(replicates)]
    if len(usable) < USABLE * len(replicates):
        raise UndefinedMetric("it has no value in too many resamples")
    units = len(a) if groups is None else int(group_codes(groups).max()) + 1
    if units < 2:
        raise UndefinedMetric("one group shows no spread")
    kind = "paired bootstrap" if groups is None else "paired bootstrap of groups"
    return paired.by_student(value, float(usable.std(ddof=1)), units - 1, level, kind)
