"""Whether a record's number was measured as the comparison measures: same metric, same predictions, no edit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import islice

from specweave.experiments import ExperimentSummary, witnessed
from specweave.metrics import behaviour
from specweave.workspace import IncrementFolder

MOST_SHOWN = 100
"""Records of a table; the rest is in the JSON file."""
_TOLERANCE = 1e-9


def doubts(folder: IncrementFolder, ranked: Sequence[witnessed.Finished], asked: set[str]) -> dict[str, str]:
    """Why records cannot be believed, by id: of all baselines, of those asked for, and down to the hundredth that can be.

    Nothing hangs on the others, and reading the files of ten thousand takes longer than comparing them.
    """
    always = [one for one in ranked[MOST_SHOWN:] if one.kind == "baseline" or one.id in asked]
    found: dict[str, str] = {}
    below, believed = iter(ranked), 0
    while believed < MOST_SHOWN and (next_ones := list(islice(below, MOST_SHOWN))):
        found |= witnessed.defects(folder, next_ones + always)
        believed += sum(one.id not in found for one in next_ones)
        always = []
    return found


def why_not_alike(record: ExperimentSummary, metric: str, now: float | None) -> str | None:
    """Why the record must not be compared with others in `metric`, whose value of its predictions is `now`; None if it may.

    Scripts log metrics of any rows under any name, so only records that name their evaluator are held to their value.
    """
    kept = record.metadata.get("evaluator")
    evaluator = kept if isinstance(kept, dict) else {}
    known = evaluator.get("behaviour", {}).get(metric)
    if known is not None and known != behaviour(metric):
        version = evaluator.get("version", "?")
        return f"its {metric} was measured by another definition of the metric than today's (version {version}); train it again"
    recorded = record.metrics.get(metric)
    if not evaluator or recorded is None or now is None:
        return None
    if math.isclose(recorded, now, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE):
        return None
    return (
        f"its record says {metric} {recorded:.6g} and its predictions give {now:.6g}: the metric, the record or the predictions "
        "were changed since"
    )
