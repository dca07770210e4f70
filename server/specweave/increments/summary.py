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
from specweave.workspace import IncrementFolder, read_json, write_text

SUMMARY = "COMPLETION-SUMMARY.md"
LOAD_TEST = "deployment/load-tests/load-test.json"


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
        latency=_latency(folder, judged, evidence),
        readiness=_readiness(results, override, criteria, judged),
        muted=[result for result in results if result.verdict == "muted"],
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


def _latency(folder: IncrementFolder, judged: Judged | None, evidence: Evidence) -> str:
    """How long a prediction takes, by the load test, else by cross-validation; or that nobody measured it."""
    tested = _json(folder.path / LOAD_TEST)
    alone = tested.get("alone")
    if isinstance(alone, dict) and isinstance(alone.get("p95_ms"), int | float):
        shown = _cited(alone["p95_ms"], evidence, "/alone/p95_ms", LOAD_TEST)
        return f"{shown} ms for one request at the 95th percentile ([load test](../deployment/load-tests/load-test.md))"
    record = next((one for one in list_experiments(folder) if judged and one.id == judged.experiment), None)
    training, data = (record.metadata.get(key) or {} for key in ("training", "data")) if record else ({}, {})
    seconds, rows = (training.get("seconds") or {}).get("predict_seconds"), data.get("rows")
    if not seconds or not rows:
        return "not measured; load_test measures it on the deployed service"
    return f"{number(1e6 * seconds / rows)} ms for 1,000 rows in cross-validation; no load test of a service"


def _readiness(
    results: list[CheckResult],
    override: dict[str, Any] | None,
    criteria: Sequence[Verification],
    judged: Judged | None,
) -> list[str]:
    """The verdict on use, then what it rests on."""
    warned = [f"{r.code} {r.title}: warned" for r in results if r.verdict == "warned"]
    muted = [f"{r.code} {r.title}: muted, found {r.unmuted_verdict}" for r in results if r.verdict == "muted"]
    unverified = [f"{one.id} is not verified: {one.how}" for one in criteria if not one.verified]
    if override or judged is None:
        verdict = "Not ready: completed by decision, with checks failing or work missing."
    elif warned or muted or unverified:
        verdict = (
            "Ready with reservations: no check fails, and a person should weigh these points before the model is used."
        )
    else:
        verdict = "Ready: every check that applies has passed and every criterion is verified."
    return [verdict, *warned, *muted, *unverified]


def _json(path: Path) -> dict[str, Any]:
    try:
        found = read_json(path, default={})
    except SpecweaveError:
        return {}
    return found if isinstance(found, dict) else {}


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
