"""A metric's value with its uncertainty."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from specweave.metrics.bootstrap import USABLE, bootstrap_interval
from specweave.metrics.predictions import FloatArray, Predictions
from specweave.metrics.registry import Metric, get_metric
from specweave.metrics.resampling import bootstrap_weights, group_codes
from specweave.metrics.statistics import Statistic
from specweave.metrics.undefined import UndefinedMetric


class Estimate(BaseModel):
    """A metric on n rows with its confidence interval, or the reason why there is none in `undefined`."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    metric: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    n: int
    method: str = ""
    undefined: str | None = None


def score(metric_name: str, predictions: Predictions) -> float:
    """The metric's value on all rows. Raises UndefinedMetric with the reason where it has none."""
    return _value(get_metric(metric_name), predictions)[0]


def estimate(
    metric_name: str,
    predictions: Predictions,
    *,
    n_resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    groups: Any = None,
) -> Estimate:
    """The metric with its interval at `level`.

    `groups` (n labels) says which rows belong together: whole groups are then resampled, and analytic intervals,
    which take rows as independent, are not used.
    """
    return estimates([metric_name], predictions, n_resamples=n_resamples, level=level, seed=seed, groups=groups)[0]


def estimates(
    metric_names: Iterable[str],
    predictions: Predictions,
    *,
    n_resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    groups: Any = None,
) -> list[Estimate]:
    """One estimate per name, all from the same resamples, which are drawn once."""
    found = {name: _first_look(get_metric(name), predictions, level, groups) for name in dict.fromkeys(metric_names)}
    open_ = {name: statistic for name, (_, statistic) in found.items() if statistic is not None}
    replicates = _replicates(open_, len(predictions), n_resamples, seed, groups) if open_ else {}
    return [
        partial if statistic is None else _with_bootstrap(partial, predictions, replicates[name], groups)
        for name, (partial, statistic) in found.items()
    ]


def _first_look(
    metric: Metric, predictions: Predictions, level: float, groups: Any
) -> tuple[Estimate, Statistic | None]:
    """The estimate if it needs no resampling, otherwise its value alone and the statistic to resample."""
    facts = {"metric": metric.name, "level": level, "n": len(predictions)}
    try:
        value, statistic = _value(metric, predictions)
    except UndefinedMetric as error:
        return Estimate(**facts, undefined=error.reason), None
    if len(predictions) < 2:
        return Estimate(**facts, value=value, method="no interval: one row"), None
    found = metric.interval(predictions, value, level) if metric.interval and groups is None else None
    if found is None:
        return Estimate(**facts, value=value), statistic
    ends, method = found
    low, high = ends.around(value, *metric.bounds)
    return Estimate(**facts, value=value, low=low, high=high, method=method), None


def _value(metric: Metric, predictions: Predictions) -> tuple[float, Statistic]:
    if predictions.task not in metric.tasks:
        raise UndefinedMetric(f"{metric.name} does not apply to a {predictions.task} problem")
    if len(predictions) == 0:
        raise UndefinedMetric("there are no rows")
    statistic = metric.prepare(predictions)
    value = float(statistic(np.ones((1, len(predictions))))[0])
    if not np.isfinite(value):
        raise UndefinedMetric(_why_not_finite(metric.name, predictions))
    return value, statistic


def _why_not_finite(name: str, predictions: Predictions) -> str:
    if name == "precision":
        return f"no row was predicted as {predictions.positive}"
    if name == "specificity":
        return f"every row is truly {predictions.positive}"
    if name == "recall":
        return f"no row is truly {predictions.positive}"
    if name == "f1":
        return f"no row is or was predicted as {predictions.positive}"
    if name == "mcc":
        return "the truth holds only one class"
    return "the result is not a finite number"


def _replicates(
    statistics: dict[str, Statistic], n: int, n_resamples: int, seed: int, groups: Any
) -> dict[str, FloatArray]:
    found: dict[str, FloatArray] = {}
    parts: dict[str, list[FloatArray]] = {}
    for name, statistic in statistics.items():
        cells = getattr(statistic, "cells", None) if groups is None else None
        if cells is None:
            parts[name] = []
        else:
            found[name] = cells.replicates(n_resamples, seed)
    for weights in bootstrap_weights(n, n_resamples, seed, groups) if parts else ():
        for name, values in parts.items():
            values.append(statistics[name](weights))
    return found | {name: np.concatenate(values) for name, values in parts.items()}


def _with_bootstrap(partial: Estimate, predictions: Predictions, replicates: FloatArray, groups: Any) -> Estimate:
    assert partial.value is not None
    metric = get_metric(partial.metric)
    usable = replicates[np.isfinite(replicates)]
    units = len(predictions) if groups is None else int(group_codes(groups).max()) + 1
    if units < 2 or len(usable) < USABLE * len(replicates):
        return partial.model_copy(update={"method": "no interval: undefined in too many resamples"})
    ends, method = bootstrap_interval(
        metric.scale,
        partial.value,
        usable,
        level=partial.level,
        units=units,
        rarest=min(units, _rarest(predictions)),
        cases=metric.cases(predictions) if metric.cases else None,
    )
    low, high = ends.around(partial.value, *metric.bounds)
    kind = "bootstrap" if groups is None else "bootstrap of groups"
    return partial.model_copy(update={"low": low, "high": high, "method": f"{kind}, {method}"})


def _rarest(predictions: Predictions) -> int:
    """Rows of the smallest class: the evidence a perfect score rests on."""
    if predictions.task == "regression":
        return len(predictions)
    return int(np.unique(predictions.truth, return_counts=True)[1].min())
