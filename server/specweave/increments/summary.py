"""reports/COMPLETION-SUMMARY.md: what was done, how good it is, and what was overridden."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specweave.checks import CheckResult
from specweave.checks.evaluated import Judged, evaluated
from specweave.errors import SpecweaveError
from specweave.evidence import Evidence, pointer_to
from specweave.experiments import ExperimentSummary, list_experiments
from specweave.increments.criteria import Verification
from specweave.problem import Problem
from specweave.rendering import number, percent, render
from specweave.spec_file import read_problem
from specweave.workspace import IncrementFolder, write_text

SUMMARY = "COMPLETION-SUMMARY.md"


@dataclass(frozen=True)
class Attempt:
    """One experiment as a line of the summary; `value` is the metric models are chosen by, out of fold, with its source."""

    id: str
    kind: str
    status: str
    value: str
    seconds: float | None
    size: int | None


def write_summary(
    folder: IncrementFolder,
    results: list[CheckResult],
    override: dict[str, Any] | None,
    criteria: Sequence[Verification] = (),
) -> Path:
    """Write the summary; its path. What cannot be read is left out: an override may have to work around it."""
    problem = _problem(folder)
    evidence = Evidence(folder.path)
    attempts = [_attempt(record, problem, evidence) for record in list_experiments(folder)]
    judged = _judged(folder)
    text = render(
        "specweave.increments",
        SUMMARY,
        increment=folder.id,
        problem=problem,
        attempts=attempts,
        judged=judged,
        scores=_scores(judged, evidence) if judged else [],
        margin=_cited(judged.margin, evidence, "/margin", form=percent) if judged else "",
        best=next((a for a in attempts if judged and a.id == judged.experiment), None),
        training_seconds=sum(a.seconds or 0.0 for a in attempts),
        looks=_looks(folder),
        results=results,
        override=override,
        criteria=criteria,
    )
    return write_text(folder.reports / SUMMARY, text)


def _attempt(record: ExperimentSummary, problem: Problem | None, evidence: Evidence) -> Attempt:
    metric = problem.metric if problem else None
    value = record.metrics.get(metric) if metric else None
    seconds = record.metadata.get("duration_s")
    return Attempt(
        id=record.id,
        kind=record.kind,
        status=record.status,
        value=_cited(value, evidence, pointer_to(metric), record.id) if metric and value is not None else "–",
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
        size=_model_size(record),
    )


def _scores(judged: Judged, evidence: Evidence) -> list[tuple[str, str, str]]:
    """Metric, value and interval of each estimate on the sealed rows, with their sources."""
    return [
        (
            estimate.metric,
            _cited(estimate.value, evidence, f"/estimates/{n}/value"),
            f"{_cited(estimate.low, evidence, f'/estimates/{n}/low')} to {_cited(estimate.high, evidence, f'/estimates/{n}/high')}"
            if estimate.low is not None
            else "–",
        )
        for n, estimate in enumerate(judged.estimates)
    ]


def _cited(
    value: float | None,
    evidence: Evidence,
    pointer: str,
    source: str = "evaluation.json",
    *,
    form: Callable[[float], str] = number,
) -> str:
    if value is None:
        return "not defined"
    try:
        return evidence.cite(form(value), source, pointer)
    except SpecweaveError:
        # A damaged source is named by its check; an override must still get its summary.
        return form(value)


def _judged(folder: IncrementFolder) -> Judged | None:
    try:
        return evaluated(folder)
    except SpecweaveError:
        return None


def _model_size(record: ExperimentSummary) -> int | None:
    """Bytes of the model file."""
    model = record.metadata.get("model")
    name = model.get("file") if isinstance(model, dict) else None
    path = record.path / str(name)
    return path.stat().st_size if name and path.is_file() else None


def _problem(folder: IncrementFolder) -> Problem | None:
    try:
        return read_problem(folder)
    except SpecweaveError:
        return None


def _looks(folder: IncrementFolder) -> int | None:
    from specweave.data import seal

    try:
        return seal.looks_spent(folder)
    except SpecweaveError:
        return None
