"""ML013: recorded metrics are what the stored predictions give, measured again now."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from specweave.checks.base import NextStep, Severity, Verdict, failed, not_applicable, passed, warned
from specweave.checks.evaluated import EVALUATION
from specweave.checks.records import finished, run_experiment, within
from specweave.errors import SpecweaveError, listing
from specweave.experiments import ExperimentSummary
from specweave.metrics import METRICS, Predictions, UndefinedMetric, behaviour, get_metric, margin, score
from specweave.rendering import number
from specweave.workspace import IncrementFolder, read_json

PREDICTIONS = "predictions.parquet"
_TOLERANCE = 1e-9
_SPOKEN = 5


class MetricsRecomputed:
    """Metrics, fold values and the evaluation on the sealed rows follow from the stored predictions, by today's code."""

    code = "ML013"
    title = "Recorded metrics follow from predictions"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        stored = [record for record in finished(folder) if (record.path / PREDICTIONS).is_file()]
        judged, edited = _evaluation(folder), list(_edited(folder))
        if not stored and judged is None and not edited:
            return not_applicable("no predictions are stored that metrics could follow from")
        wrong = [(record, text) for record in stored for text in _of_record(record)]
        certain = [f"{record.id}: {text}" for record, text in wrong if _measured_here(record)]
        certain += edited
        certain += [] if judged is None else [f"{EVALUATION}: {text}" for text in _of_evaluation(folder, judged)]
        evidence = [EVALUATION] if judged is not None else []
        evidence += [within(folder, record.path / PREDICTIONS) for record in stored]
        if certain:
            return failed(listing(certain, limit=_SPOKEN) + ".", *evidence, remedy=_remedy(folder))
        if wrong:
            said = listing((f"{record.id}: {text}" for record, text in wrong), limit=_SPOKEN)
            return warned(f"{said}. A script may have measured them on other rows.", *evidence, remedy=_LOOK_AT_SCRIPT)
        about = f"{len(stored)} records" + ("" if judged is None else " and the evaluation")
        return passed(f"Worked out again from stored predictions, the metrics of {about} are as recorded.", *evidence)


_LOOK_AT_SCRIPT = NextStep(
    sentence="Store the predictions the metrics were measured on as predictions.parquet, or leave the file out"
)


def _measured_here(record: ExperimentSummary) -> bool:
    """Whether the training worked the metrics out; scripts may log what they like under any name."""
    entry = record.metadata.get("entry")
    trained = isinstance(entry, dict) and entry.get("by") == "training"
    return trained or isinstance(record.metadata.get("evaluator"), dict)


def _remedy(folder: IncrementFolder) -> NextStep:
    return run_experiment(
        folder, "Restore the records and reports/evaluation.json from version control, or train and evaluate again"
    )


def _of_record(record: ExperimentSummary) -> Iterator[str]:
    """What differs between a record's metrics and those of its out-of-fold predictions."""
    try:
        predictions = Predictions.load(record.path / PREDICTIONS)
    except SpecweaveError as error:
        yield f"its predictions cannot be read ({error.what})"
        return
    yield from _changed_code(record.metadata.get("evaluator"), "it was measured")
    for name, recorded in record.metrics.items():
        if name in METRICS and predictions.task in get_metric(name).tasks:
            yield from _differs(name, recorded, _value(name, predictions))
    yield from _folds(record, predictions)


def _folds(record: ExperimentSummary, predictions: Predictions) -> Iterator[str]:
    metric = _chosen_by(record)
    if metric is None or predictions.folds is None:
        return
    numbers = np.unique(predictions.folds)
    for place, fold in enumerate(numbers, start=1):
        recorded = record.metrics.get(f"fold_{place}")
        if recorded is not None:
            part = predictions.take(np.flatnonzero(predictions.folds == fold))
            yield from _differs(f"fold_{place}", recorded, _value(metric, part))


def _chosen_by(record: ExperimentSummary) -> str | None:
    """The metric of the fold values, where the record says it."""
    training = record.metadata.get("training")
    decision = training.get("decision") if isinstance(training, dict) else None
    found = decision.get("metric") if isinstance(decision, dict) else None
    return str(found) if found in METRICS else None


def _evaluation(folder: IncrementFolder) -> dict[str, Any] | None:
    """The evaluation's facts, if it kept its predictions; StorageError when the file is damaged."""
    found = read_json(folder.path / EVALUATION, default=None)
    return found if isinstance(found, dict) and found.get("predictions") else None


def _of_evaluation(folder: IncrementFolder, facts: dict[str, Any]) -> Iterator[str]:
    mine, problem = _stored(folder, facts.get("predictions"))
    theirs, of_baseline = _stored(folder, facts.get("baseline_predictions"))
    yield from (text for text in (problem, of_baseline) if text)
    yield from _changed_code(facts.get("evaluator"), "it was measured")
    for side, predictions, who in (("estimates", mine, ""), ("baseline_estimates", theirs, "the baseline's ")):
        if predictions is None:
            continue
        for one in facts.get(side) or ():
            if one["metric"] in METRICS:
                yield from _differs(who + one["metric"], one.get("value"), _value(one["metric"], predictions))
    if mine is not None and theirs is not None:
        yield from _against_baseline(facts, mine, theirs)


def _against_baseline(facts: dict[str, Any], mine: Predictions, theirs: Predictions) -> Iterator[str]:
    metric = facts["metric"]
    ours, other = _value(metric, mine), _value(metric, theirs)
    if ours is None or other is None:
        return
    difference = (facts.get("comparison") or {}).get("difference")
    if difference is not None:
        yield from _differs("the difference to the baseline", difference, ours - other)
    if facts.get("margin") is not None:
        try:
            yield from _differs("the margin", facts["margin"], margin(metric, ours, other))
        except UndefinedMetric as error:
            yield f"the margin is {number(facts['margin'])}, and has no value ({error.reason})"


def _edited(folder: IncrementFolder) -> Iterator[str]:
    """File and defect where the facts of an evaluation are not those it wrote, as the project's witness remembers them."""
    from specweave.data import witness

    known = witness.evaluations(folder)
    places = {f"reports/evaluations/look-{look}.json": look for look in known}
    if known:
        places[EVALUATION] = list(known)[-1]
    for name, look in places.items():
        if not (folder.path / name).is_file():
            yield f"{name} is gone, which look {look} wrote"
        elif witness.content_sha256(read_json(folder.path / name)) != known[look]:
            yield f"{name}: its facts were edited after look {look} wrote them"


def _stored(folder: IncrementFolder, stored: dict[str, Any] | None) -> tuple[Predictions | None, str | None]:
    """Predictions on the sealed rows; or why they prove nothing. Rows stay out of version control, so they may be absent."""
    if not stored:
        return None, None
    path = folder.path / str(stored["file"])
    if not path.is_file():
        return None, None
    if hashlib.sha256(path.read_bytes()).hexdigest() != stored["sha256"]:
        return None, f"{stored['file']} was changed after the evaluation"
    return Predictions.load(path), None


def _changed_code(evaluator: Any, what: str) -> Iterator[str]:
    """A metric that behaves otherwise than when the number was measured."""
    known = evaluator.get("behaviour") if isinstance(evaluator, dict) else None
    for name, then in (known or {}).items():
        if name in METRICS and behaviour(name) != then:
            version = evaluator.get("version", "?")
            yield f"{what} with another {name} than today's (version {version}, behaviour {then})"


def _value(metric: str, predictions: Predictions) -> float | None:
    try:
        return score(metric, predictions)
    except UndefinedMetric:
        return None


def _differs(name: str, recorded: float | None, now: float | None) -> Iterator[str]:
    if recorded is None and now is None:
        return
    if recorded is None or now is None or not math.isclose(recorded, now, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE):
        yield f"{name} is recorded as {_shown(recorded, now)} and its predictions give {_shown(now, recorded)}"


def _shown(value: float | None, other: float | None) -> str:
    """Four digits, or as many as tell the two apart."""
    if value is None:
        return "not defined"
    return number(value) if other is None or number(value) != number(other) else f"{value:.10g}"
