"""One reference against many models, from numbers that are worked out once for each model.

A paired test needs of a model its value and, row by row, its losses, hits, DeLong's placements or influences, or else its
values on the resamples both models share. These lie in one array a model, so that thousands are tested together; the results are
those of `compare`. Labels that are counted together in cells (precision, recall, f1 and their like) cannot be taken apart so.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from specweave.metrics import paired
from specweave.metrics.bootstrap import USABLE
from specweave.metrics.comparison import Comparison, verdict
from specweave.metrics.estimation import score
from specweave.metrics.paired import Difference, Paired
from specweave.metrics.predictions import FloatArray, Predictions
from specweave.metrics.registry import get_metric
from specweave.metrics.resampling import bootstrap_weights, group_codes
from specweave.metrics.statistics import OfConfusion
from specweave.metrics.undefined import UndefinedMetric

# The metric's value and a number for the positive class stand before the rest.
HEAD = 2


class Sampling(NamedTuple):
    """How `compare` is to resample, where the metric has no formula: its arguments of these names."""

    n_resamples: int = 1000
    seed: int = 0
    groups: Any = None


def contribution(metric_name: str, predictions: Predictions, sampling: Sampling) -> FloatArray | None:
    """What this model adds to any comparison by the metric, shape (2 + k,).

    None where the metric is not defined, or the test needs both models at once. The rows of models to be compared must be in
    one order.
    """
    if len(predictions) < 2:
        return None
    try:
        value = score(metric_name, predictions)
        parts = _parts(metric_name, predictions, sampling)
    except UndefinedMetric:
        return None
    return None if parts is None else np.concatenate([[value, crc32(repr(predictions.positive).encode())], parts])


def fit(one: FloatArray, other: FloatArray) -> bool:
    """Whether two contributions to a metric are of as many rows and the same positive class."""
    return one.shape == other.shape and bool(one[1] == other[1])


def compare_contributions(
    metric_name: str,
    reference: Predictions,
    of_reference: FloatArray,
    of_others: FloatArray,
    sampling: Sampling,
    *,
    level: float = 0.95,
) -> list[Comparison]:
    """`compare` of every other model (a row of `of_others`, shape (m, 2 + k)) with the reference.

    Raises ValueError where the arrays do not belong together.
    """
    if of_others.shape[1:] != of_reference.shape or not (of_others[:, 1] == of_reference[1]).all():
        raise ValueError("contributions of different rows or classes")
    values, many, one = of_others[:, 0] - of_reference[0], of_others[:, HEAD:], of_reference[HEAD:]
    test = _formula(metric_name, reference, sampling)
    if test is not None:
        found: list[Difference | None] = [*test.differences(reference, many, one, values, level)]
    else:
        found = _resampled(many, one, values, _units(reference, sampling), level)
    facts = get_metric(metric_name)
    return [_comparison(metric_name, each, len(reference), level, greater=facts.greater_is_better) for each in found]


def _formula(metric_name: str, predictions: Predictions, sampling: Sampling) -> Paired | None:
    return paired.by_formula(metric_name, len(predictions)) if sampling.groups is None else None


def _parts(metric_name: str, predictions: Predictions, sampling: Sampling) -> FloatArray | None:
    test = _formula(metric_name, predictions, sampling)
    if test is not None:
        return test.parts(predictions)
    statistic = get_metric(metric_name).prepare(predictions)
    together = isinstance(statistic, OfConfusion) and sampling.groups is None
    if together or _units(predictions, sampling)[0] < 2:
        return None
    return np.concatenate([statistic(weights) for weights in bootstrap_weights(len(predictions), *sampling)])


def _units(predictions: Predictions, sampling: Sampling) -> tuple[int, str]:
    """How many units are drawn, and the name of the test."""
    if sampling.groups is None:
        return len(predictions), "paired bootstrap"
    return int(group_codes(sampling.groups).max()) + 1, "paired bootstrap of groups"


def _resampled(
    many: FloatArray, one: FloatArray, values: FloatArray, units: tuple[int, str], level: float
) -> list[Difference | None]:
    drawn, test = units
    found: list[Difference | None] = []
    for value, replicates in zip(values.tolist(), many - one, strict=True):
        usable = replicates[np.isfinite(replicates)]
        enough = len(usable) >= USABLE * len(replicates)
        spread = float(usable.std(ddof=1)) if enough else 0.0
        found.append(paired.by_student(value, spread, drawn - 1, level, test) if enough else None)
    return found


def _comparison(metric_name: str, found: Difference | None, n: int, level: float, *, greater: bool) -> Comparison:
    if found is None:
        reason = "it has no value in too many resamples"
        return Comparison(metric=metric_name, verdict="not defined", level=level, n=n, undefined=reason)
    return Comparison(
        metric=metric_name,
        verdict=verdict(found, level, greater_is_better=greater),
        difference=found.value,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        test=found.test,
        level=level,
        n=n,
    )
