"""One experiment: folds, out-of-fold predictions, threshold, metrics, final fit, record."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from specweave.errors import StorageError
from specweave.experiments import (
    Experiment,
    ExperimentSummary,
    create_experiment,
    find_unfinished,
    list_experiments,
    open_experiment,
)
from specweave.experiments.models import load_model
from specweave.metrics import Predictions, UndefinedMetric, evaluator, fold_interval, metrics_for, score
from specweave.problems import Attempt
from specweave.training.fold_store import FoldStore, FoldTimes
from specweave.training.setup import Setup

PREDICTIONS = "predictions.parquet"
MODEL = "model.skops"
OnFold = Callable[[Attempt, int, float | None, float], None]


@dataclass
class Trial:
    """A finished experiment: its record, out-of-fold predictions at the chosen threshold, and numbers."""

    attempt: Attempt
    record: ExperimentSummary
    predictions: Predictions
    value: float | None
    fold_values: list[float | None]
    rule: str
    seconds: float
    fit_seconds: float
    predict_seconds: float
    model: Any = field(default=None, repr=False)

    def fitted(self) -> Any:
        """The model fitted on all training rows, from memory or from its record."""
        if self.model is None:
            facts = self.record.metadata["model"]
            self.model = load_model(self.record.path / facts["file"], sha256=facts["sha256"])
        return self.model


@dataclass
class Failure:
    """An experiment that could not be finished, with the reason."""

    attempt: Attempt
    record: ExperimentSummary
    reason: str


def run_trial(setup: Setup, attempt: Attempt, members: list[Trial], on_fold: OnFold) -> Trial | Failure:
    """Run, resume or reuse the experiment of one attempt; only a full disk or a lack of rights goes through.

    `members` are the trials a combination is made of, otherwise empty.
    """
    known = _finished(setup, attempt)
    if known is not None:
        return _reloaded(setup, attempt, known)
    record = _record(setup, attempt)
    try:
        with _noted_warnings(record):
            trial = _trained(setup, attempt, members, record, on_fold)
    except StorageError as error:
        record.finish("failed", error)
        raise
    except Exception as error:  # noqa: BLE001 - one candidate's failure must not cost the others
        record.finish("failed", error)
        return Failure(attempt, record.summary(), f"{type(error).__name__}: {' '.join(str(error).split())[:300]}")
    record.finish()
    trial.record = record.summary()
    return trial


def decision_facts(setup: Setup) -> dict[str, Any]:
    """What, besides the setup, the threshold and the metrics of a record depend on."""
    success = [criterion.model_dump(mode="json") for criterion in setup.problem.success]
    return {"metric": setup.problem.metric, "success": success}


def _finished(setup: Setup, attempt: Attempt) -> ExperimentSummary | None:
    wanted = (setup.hash_of(attempt), decision_facts(setup))
    for record in reversed(list_experiments(setup.folder)):
        if (record.name, record.kind, record.status) != (attempt.name, attempt.kind, "finished") or record.damage:
            continue
        training = record.metadata.get("training") or {}
        whole = (record.path / PREDICTIONS).is_file() and (record.path / MODEL).is_file()
        if whole and (training.get("setup"), training.get("decision")) == wanted:
            return record
    return None


def _reloaded(setup: Setup, attempt: Attempt, record: ExperimentSummary) -> Trial:
    predictions = Predictions.load(record.path / PREDICTIONS)
    seconds = record.metadata["training"]["seconds"]
    return Trial(
        attempt,
        record,
        predictions,
        _score(setup, predictions),
        _fold_values(setup, predictions),
        str(record.metadata["training"]["threshold_rule"]),
        **seconds,
    )


def _record(setup: Setup, attempt: Attempt) -> Experiment:
    """The interrupted or failed record of the same setup, resumed, or a new one."""
    expected = setup.hash_of(attempt)
    open_one = find_unfinished(setup.folder, attempt.name, attempt.kind)
    if open_one is not None and (open_one.metadata.get("training") or {}).get("setup") == expected:
        return open_experiment(setup.folder, open_one.id).resume()
    record = create_experiment(
        setup.folder,
        attempt.name,
        kind=attempt.kind,
        params={"family": attempt.family, **attempt.params},
        seeds={"model": setup.problem.seed, "folds": setup.problem.seed},
        entry={"by": "training", "function": "specweave.training.run_training"},
    )
    # The whole problem, because spec.md may say something else when the experiment is run again.
    asked = setup.problem.model_dump(mode="json", exclude={"data", "request"})
    record.update_metadata(data=setup.data_facts(), training={"setup": expected, "problem": asked})
    return record


def _trained(setup: Setup, attempt: Attempt, members: list[Trial], record: Experiment, on_fold: OnFold) -> Trial:
    started = time.perf_counter()
    store = FoldStore(record.path, setup.hash_of(attempt))
    if attempt.members:
        combined = setup.kind.combined_predictions([member.predictions for member in members])
        times = FoldTimes(sum(m.fit_seconds for m in members), sum(m.predict_seconds for m in members))
        model = setup.kind.combined_model([member.fitted() for member in members])
    else:
        combined, times = _cross_validated(setup, attempt, store, record, on_fold)
        model = setup.kind.fit(attempt, setup.problem, setup.training, setup.columns)
    predictions, rule = _decided(setup, combined)
    predictions.save(record.path / PREDICTIONS)
    fold_values = _fold_values(setup, predictions)
    seconds = {
        "seconds": time.perf_counter() - started,
        "fit_seconds": times.fit,
        "predict_seconds": times.predict,
    }
    _save_model(setup, record, model, predictions)
    _log(setup, record, predictions, fold_values)
    record.update_metadata(
        training={
            "decision": decision_facts(setup),
            "threshold_rule": rule,
            "seconds": seconds,
            "folds": setup.folds.reason,
        },
        evaluator=evaluator([str(setup.problem.metric)]),
    )
    store.clear()
    value = _score(setup, predictions)
    return Trial(attempt, record.summary(), predictions, value, fold_values, rule, **seconds, model=model)


def _cross_validated(
    setup: Setup, attempt: Attempt, store: FoldStore, record: Experiment, on_fold: OnFold
) -> tuple[Predictions, FoldTimes]:
    parts: list[Predictions] = []
    fit_seconds, predict_seconds = 0.0, 0.0
    for fold in range(setup.folds.count):
        predictions, times = store.load(fold) or _one_fold(setup, attempt, store, fold)
        value = _score(setup, predictions)
        if value is not None:
            record.log_metric(str(setup.problem.metric), value, step=fold + 1)
        parts.append(predictions)
        fit_seconds, predict_seconds = fit_seconds + times.fit, predict_seconds + times.predict
        on_fold(attempt, fold, value, times.fit + times.predict)
    return _joined(parts), FoldTimes(fit_seconds, predict_seconds)


def _one_fold(setup: Setup, attempt: Attempt, store: FoldStore, fold: int) -> tuple[Predictions, FoldTimes]:
    learnt, held_out = setup.folds.sides(fold)
    start = time.perf_counter()
    model = setup.kind.fit(attempt, setup.problem, setup.training.iloc[learnt], setup.columns)
    fitted = time.perf_counter()
    rows = setup.training.iloc[held_out]
    found = setup.kind.predict(model, setup.problem, rows, setup.columns, setup.classes)
    times = FoldTimes(fitted - start, time.perf_counter() - fitted)
    predictions = _with_fold(found, fold)
    store.save(fold, predictions, times)
    return predictions, times


def _with_fold(predictions: Predictions, fold: int) -> Predictions:
    return _copied(predictions, folds=np.full(len(predictions), fold, dtype=np.int64))


def _joined(parts: list[Predictions]) -> Predictions:
    """All folds in the order of row numbers, which is the same for every experiment."""
    first = parts[0]
    together: dict[str, Any] = {
        name: None if getattr(first, name) is None else np.concatenate([getattr(part, name) for part in parts])
        for name in ("truth", "labels", "scores", "rows", "folds")
    }
    whole = Predictions(first.task, classes=first.classes, positive=first.positive, **together)
    assert whole.rows is not None
    return whole.take(np.argsort(whole.rows, kind="stable"))


def _copied(predictions: Predictions, **changes: Any) -> Predictions:
    names = ("task", "truth", "labels", "scores", "classes", "positive", "rows", "folds", "threshold")
    return Predictions(**{**{name: getattr(predictions, name) for name in names}, **changes})


def _decided(setup: Setup, predictions: Predictions) -> tuple[Predictions, str]:
    threshold, rule = setup.kind.decide(setup.problem, predictions)
    return (predictions if threshold is None else predictions.at_threshold(threshold)), rule


def _save_model(setup: Setup, record: Experiment, model: Any, predictions: Predictions) -> None:
    record.save_model(
        model,
        MODEL,
        task=setup.problem.task,
        target=setup.problem.target,
        classes=list(predictions.classes),
        positive=predictions.positive,
        threshold=predictions.threshold,
        features=[column.name for column in setup.columns],
    )


def _log(setup: Setup, record: Experiment, predictions: Predictions, fold_values: list[float | None]) -> None:
    found: dict[str, float] = {}
    for metric in metrics_for(predictions.task):
        try:
            found[metric.name] = score(metric.name, predictions)
        except UndefinedMetric:
            # What has no value on these rows is left out rather than written as a number.
            continue
    found |= {f"fold_{i + 1}": value for i, value in enumerate(fold_values) if value is not None}
    known = [value for value in fold_values if value is not None]
    if known:
        found |= {"cv_mean": float(np.mean(known)), "cv_std": float(np.std(known, ddof=1)) if len(known) > 1 else 0.0}
    interval = cv_interval(setup, fold_values)
    if interval is not None:
        found |= {"cv_low": interval[0], "cv_high": interval[1]}
    record.log_metrics(found)


def cv_interval(setup: Setup, fold_values: list[float | None]) -> tuple[float, float] | None:
    """The interval of the mean over folds, corrected for their overlap; None with fewer than two values."""
    known = [value for value in fold_values if value is not None]
    sides = [(len(learnt), len(held_out)) for learnt, held_out in setup.folds]
    try:
        learnt, held_out = (float(np.mean(side)) for side in zip(*sides, strict=True))
        found = fold_interval(known, learnt, held_out, metric=setup.problem.metric)
    except UndefinedMetric:
        return None
    return found.low, found.high


def _fold_values(setup: Setup, predictions: Predictions) -> list[float | None]:
    assert predictions.folds is not None
    return [_score(setup, predictions.take(predictions.folds == fold)) for fold in range(setup.folds.count)]


def _score(setup: Setup, predictions: Predictions) -> float | None:
    try:
        return score(str(setup.problem.metric), predictions)
    except UndefinedMetric:
        return None


@contextmanager
def _noted_warnings(record: Experiment) -> Iterator[None]:
    """What libraries warn of while a model is fitted belongs into its record, once each, and not on the screen."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        finally:
            seen = dict.fromkeys(f"{w.category.__name__}: {' '.join(str(w.message).split())[:300]}" for w in caught)
            if seen:
                record.update_metadata(warnings=list(seen)[:20])
