"""Whether a record's number was measured as the comparison measures: same metric, same predictions, no edit."""

from __future__ import annotations

import math

from specweave.experiments import ExperimentSummary
from specweave.metrics import behaviour

_TOLERANCE = 1e-9


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
