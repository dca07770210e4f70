"""compare_experiments."""

from __future__ import annotations

from specweave import comparison
from specweave.comparison import Compared, Judgement
from specweave.rendering import number
from specweave.tools.answers import bounded, bullets, paths, table
from specweave.tools.calls import Call


def compare_experiments(call: Call) -> str:
    """The verdict, the table, and why the others are not in it."""
    given = call.arguments
    folder = call.workspace.increment(given.increment)
    found = comparison.compare_experiments(
        folder, experiments=given.experiments, metric=given.metric, progress=call.progress
    )
    outside = [f"{one.experiment}: not comparable because {one.not_comparable}" for one in found.experiments if one.not_comparable]  # fmt: skip
    head = ["experiment", found.metric, "interval", "against the baseline", "against the best"]
    return bounded(
        [
            found.verdict,
            *table(head, [_cells(one) for one in found.comparable]),
            *bullets(outside, most=8),
            *paths(call.workspace, [folder.path / name for name in (*found.documents, *found.figures)]),
        ]
    )


def _cells(one: Compared) -> list[str]:
    interval = "–" if one.low is None else f"{number(one.low)} to {number(one.high)}"
    return [one.experiment, number(one.value), interval, _judged(one.against_baseline), _judged(one.against_best)]


def _judged(found: Judgement | None) -> str:
    if found is None:
        return "–"
    return found.verdict if found.difference is None else f"{found.verdict} ({number(found.difference)})"
