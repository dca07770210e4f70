"""How much of the best baseline's remaining error a model removes."""

from __future__ import annotations

from specweave.metrics.registry import get_metric
from specweave.metrics.undefined import UndefinedMetric


def margin(metric_name: str, score: float, baseline: float) -> float:
    """The share of the baseline's remaining error that is gone: 1 is perfect, 0 no better, negative worse.

    (score − baseline) / (best − baseline) holds for both directions, because the best value of an error is 0.

    >>> round(margin("roc_auc", 0.95, 0.9), 12)
    0.5
    >>> round(margin("rmse", 8.0, 10.0), 12)
    0.2

    Raises UndefinedMetric when the baseline is already perfect.
    """
    best = get_metric(metric_name).best
    if baseline == best:
        raise UndefinedMetric("the baseline is already perfect, so there is no error left to remove")
    return (score - baseline) / (best - baseline)


def margin_or_none(metric_name: str, score: float | None, baseline: float | None) -> float | None:
    """The margin; None where one of the values is missing or the baseline leaves nothing to remove."""
    if score is None or baseline is None:
        return None
    try:
        return margin(metric_name, score, baseline)
    except UndefinedMetric:
        return None
