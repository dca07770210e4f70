"""Success criteria nobody could judge, refused before anything is done for them."""

from __future__ import annotations

from collections.abc import Iterable

from specweave.errors import ProblemError
from specweave.metrics import get_metric
from specweave.problem import Criterion


def check_criteria(criteria: Iterable[Criterion]) -> None:
    """Raise ProblemError for the first criterion on an unknown metric, or on a value its metric cannot have."""
    for criterion in criteria:
        least, most = get_metric(criterion.metric).bounds
        # Not a number lies nowhere, and infinity promises nothing.
        if least <= criterion.value <= most and abs(criterion.value) != float("inf"):
            continue
        percent = most == 1 and 1 < criterion.value <= 100
        raise ProblemError(
            f"{criterion.metric} cannot be {criterion.value:g}, so {criterion.metric} {criterion.comparison} "
            f"{criterion.value:g} cannot be judged",
            value=f"{criterion.value:g}",
            allowed=_span(least, most),
            next_step=f"write {criterion.metric} {criterion.comparison} {criterion.value / 100:g} for "
            f"{criterion.value:g} %"
            if percent
            else "correct the success criterion",
        )


def _span(least: float, most: float) -> str:
    if least == -float("inf"):
        return f"numbers up to {most:g}"
    return f"numbers from {least:g}" if most == float("inf") else f"numbers from {least:g} to {most:g}"
