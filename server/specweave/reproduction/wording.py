"""The verdict of a reproduction and the sentence on it."""

from __future__ import annotations

from specweave.rendering import number
from specweave.reproduction.agreement import Agreement
from specweave.reproduction.result import PredictionAgreement, Reproduction, Verdict
from specweave.reproduction.run import Rerun


def verdict_of(found: Agreement | None, rerun: Rerun) -> Verdict:
    """Exactly, within tolerance, or not; a run that failed or left nothing to compare is not a reproduction."""
    if found is None or rerun.failed is not None or found.outcome in (None, "differs"):
        return "not reproduced"
    return "reproduced exactly" if found.outcome == "equal" else "reproduced within tolerance"


def sentence(found: Reproduction, failed: str | None) -> str:
    """The verdict with what it rests on, or with its causes."""
    if found.reproduced:
        return f"{found.experiment} {found.verdict}: {_basis(found)}."
    causes = [c for c in found.changes if c.effect == "cause"] or [c for c in found.changes if c.effect != "no effect"]
    sure = "because" if any(c.effect == "cause" for c in causes) else "possibly because"
    why = "; ".join(f"{c.kind}: {c.sentence}" for c in causes) or failed or "the new run gave other results"
    return f"{found.experiment} not reproduced {sure} {why}."


def _basis(found: Reproduction) -> str:
    parts = []
    if found.predictions is not None:
        parts.append(rows(found.predictions))
    metrics = [item for item in found.items if item.what == "metric"]
    if metrics:
        equal = sum(item.outcome == "equal" for item in metrics)
        parts.append(f"{equal} of {len(metrics)} metrics equal")
    files = [item for item in found.items if item.what in ("file", "output")]
    if files:
        parts.append(f"{sum(item.outcome == 'equal' for item in files)} of {len(files)} files equal")
    return ", ".join(parts) or "nothing differs"


def rows(found: PredictionAgreement) -> str:
    """The predictions in a phrase."""
    if found.problem:
        return found.problem
    parts = [f"{found.equal:,} of {found.n:,} predictions equal"]
    if found.within:
        parts.append(f"{found.within:,} within {number(found.tolerance)}")
    if found.differing:
        parts.append(f"{found.differing:,} differ (largest difference {number(found.largest)})")
    return ", ".join(parts)
