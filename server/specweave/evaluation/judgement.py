"""From estimates to judgements: criteria met or not, how much a look is still worth."""

from __future__ import annotations

from collections.abc import Sequence

from specweave.evaluation.result import CriterionResult
from specweave.metrics import Estimate, get_metric
from specweave.metrics.intervals import normal_quantile
from specweave.problem import Criterion


def judged(criterion: Criterion, estimates: Sequence[Estimate]) -> CriterionResult:
    """The criterion against its metric's estimate; an undefined metric meets nothing."""
    found = next((one for one in estimates if one.metric == criterion.metric), None)
    value = found.value if found else None
    facts = {"metric": criterion.metric, "comparison": criterion.comparison, "wanted": criterion.value}
    if found is None or value is None:
        reason = found.undefined if found else "the metric was not worked out"
        return CriterionResult(**facts, value=None, met=False, certain=False, undefined=reason)
    at_least = criterion.comparison == ">="
    met = value >= criterion.value if at_least else value <= criterion.value
    weakest = (found.low if met else found.high) if at_least else (found.high if met else found.low)
    certain = weakest is not None and met == (weakest >= criterion.value if at_least else weakest <= criterion.value)
    return CriterionResult(**facts, value=value, low=found.low, high=found.high, met=met, certain=certain)


def chance_of_looks(looks: int, estimate: Estimate | None) -> float | None:
    """What taking the best of as many equal models as there were looks adds to the metric by chance alone.

    The expected largest of k standard normals (Blom's approximation, 1958) times the standard error.
    """
    if looks < 2 or estimate is None or estimate.low is None or estimate.high is None:
        return None
    error = (estimate.high - estimate.low) / 2 / normal_quantile(estimate.level)
    place = (looks - 0.375) / (looks + 0.25)
    return error * normal_quantile(2 * place - 1)


def level_after(looks: int, level: float) -> float:
    """The level at which the interval of one of `looks` models, chosen by the same rows, still covers at `level`.

    Bonferroni: the interval of whichever model is chosen fails only if that of any of them fails.
    """
    return 1 - (1 - level) / max(looks, 1)


def gap(metric: str, out_of_fold: float | None, sealed: float | None) -> float | None:
    """How much better cross-validation looked than the sealed rows, in the metric's good direction."""
    if out_of_fold is None or sealed is None:
        return None
    return (out_of_fold - sealed) * (1 if get_metric(metric).greater_is_better else -1)
