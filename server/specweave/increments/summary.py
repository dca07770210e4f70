"""reports/COMPLETION-SUMMARY.md: what was done, how good it is, and what was overridden."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specweave.checks import CheckResult
from specweave.checks.evaluated import evaluated
from specweave.data import seal
from specweave.errors import SpecweaveError
from specweave.experiments import ExperimentSummary, list_experiments
from specweave.problem import Problem
from specweave.rendering import render
from specweave.spec_file import read_problem
from specweave.workspace import IncrementFolder, write_text

SUMMARY = "COMPLETION-SUMMARY.md"


@dataclass(frozen=True)
class Attempt:
    """One experiment as a line of the summary; `value` is the metric models are chosen by, out of fold."""

    id: str
    kind: str
    status: str
    value: float | None
    seconds: float | None
    size: int | None


def write_summary(folder: IncrementFolder, results: list[CheckResult], override: dict[str, Any] | None) -> Path:
    """Write the summary; its path. What cannot be read is left out: an override may have to work around it."""
    problem = _problem(folder)
    attempts = [_attempt(record, problem) for record in list_experiments(folder)]
    judged = evaluated(folder)
    text = render(
        "specweave.increments",
        SUMMARY,
        increment=folder.id,
        problem=problem,
        attempts=attempts,
        judged=judged,
        best=next((a for a in attempts if judged and a.id == judged.experiment), None),
        training_seconds=sum(a.seconds or 0.0 for a in attempts),
        looks=_looks(folder),
        results=results,
        override=override,
    )
    return write_text(folder.reports / SUMMARY, text)


def _attempt(record: ExperimentSummary, problem: Problem | None) -> Attempt:
    value = record.metrics.get(problem.metric) if problem and problem.metric else None
    seconds = record.metadata.get("duration_s")
    return Attempt(
        id=record.id,
        kind=record.kind,
        status=record.status,
        value=value,
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
        size=_model_size(record),
    )


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
    try:
        return len(seal.looks(folder))
    except SpecweaveError:
        return None
