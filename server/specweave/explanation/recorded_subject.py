"""The model of an experiment record as a subject. Sealed rows stay closed: opening them would be a look."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.data import seal
from specweave.errors import ModelError, SpecweaveError
from specweave.evaluation.choice import chosen_experiment, out_of_fold, primary_metric
from specweave.evaluation.diagnosing import sensitive_columns
from specweave.evaluation.recorded_model import RecordedModel, load_recorded
from specweave.explanation.parts import in_parts, row_parts
from specweave.explanation.refitting import refitter
from specweave.explanation.subject import BACKGROUND, Reading, Subject, readings_of, sampled
from specweave.metrics import Predictions, as_labels
from specweave.problem import Problem
from specweave.problems import problem_kind
from specweave.workspace import IncrementFolder, read_json


def recorded_subject(folder: IncrementFolder, problem: Problem, *, experiment: str | None = None) -> Subject:
    """The best finished experiment's model, or the one named, on the training rows of the increment.

    Raises ExperimentError when no experiment holds a model, ModelError when it does not load, SealedError when nothing
    is sealed yet.
    """
    record = chosen_experiment(folder, problem, experiment)
    sealed = seal.read_seal(folder)
    model = load_recorded(record, problem, sealed.target)
    training = seal.training_rows(folder)
    training = training[training[sealed.target].notna()]
    columns = _columns(model, training, problem)
    truth = _truth(model, training)
    held_out = out_of_fold(record)
    which = f"the {len(training):,} training rows of the increment"
    subject = Subject(
        model=model.model,
        name=record.id,
        task=model.task,
        columns=columns,
        readings=_readings(folder, problem, training, columns),
        background=sampled(training, BACKGROUND, problem.seed)[list(columns)],
        background_is=f"a sample of {min(len(training), BACKGROUND):,} of {which}",
        held_out=training,
        held_out_is=f"{which}, which the model has seen; the sealed test set stays closed",
        seen=True,
        target=sealed.target,
        output=output_of(model.task, sealed.target, model.positive),
        classes=model.classes,
        positive=model.positive,
        threshold=model.threshold,
        truth=truth,
        n_training=len(training),
        metric=primary_metric(problem, [record]),
        out_of_fold=held_out,
        refit=refitter(model.model),
        folds=_folds(held_out, training),
        ordered=sealed.time is not None,
        groups=training[sealed.group].to_numpy() if sealed.group else None,
        sensitive=sensitive_columns(problem),
        increment=folder.id,
        experiment=record.id,
        model_sha256=model.sha256,
        seed=problem.seed,
    )
    return in_parts(subject, row_parts(problem.kind).of(subject.background))


def output_of(task: str, target: str, positive: str | None) -> str:
    """What the model's answer means: "probability of churn = yes", "classes of species", "price"."""
    if task == "binary":
        return f"probability of {target} = {positive}"
    return target if task == "regression" else f"probability of each {target}"


def _columns(model: RecordedModel, training: pd.DataFrame, problem: Problem) -> tuple[str, ...]:
    named = model.features or getattr(model.model, "feature_names_in_", None)
    if named is None:
        excluded = {one.column for one in problem.excluded}
        return tuple(str(n) for n in training.columns if n != model.target and n not in excluded)
    found = tuple(str(name) for name in named)
    missing = [name for name in found if name not in training.columns]
    if missing:
        raise ModelError(
            "The model reads columns the training rows do not have",
            value=", ".join(missing),
            next_step="explain it with ModelExplainer(model, X_train), giving the rows it was trained on",
        )
    return found


def _truth(model: RecordedModel, training: pd.DataFrame) -> NDArray[Any]:
    target = training[model.target].to_numpy()
    return target.astype(np.float64) if model.task == "regression" else as_labels(target)


def _readings(
    folder: IncrementFolder, problem: Problem, training: pd.DataFrame, columns: tuple[str, ...]
) -> dict[str, Reading]:
    """As the problem kind planned its columns; what it did not plan is judged by its type."""
    profile = read_json(folder.reports / "profile.json", default={})
    roles = {one["name"]: one["role"] for one in profile.get("columns", [])} if isinstance(profile, dict) else {}
    planned: dict[str, Reading] = {}
    try:
        kind = problem_kind(problem.kind)
        planned = {one.name: one.reading for one in kind.columns(problem, training, roles)[0]}
    except SpecweaveError:
        planned = {}
    return {**readings_of(training, tuple(n for n in columns if n not in planned)), **_of(planned, columns)}


def _of(planned: dict[str, Reading], columns: tuple[str, ...]) -> dict[str, Reading]:
    return {name: reading for name, reading in planned.items() if name in columns}


def _folds(held_out: Predictions | None, training: pd.DataFrame) -> NDArray[np.int64] | None:
    """The fold of each training row, as the record's out-of-fold predictions have it."""
    if held_out is None or held_out.rows is None or held_out.folds is None:
        return None
    known = pd.Series(np.asarray(held_out.folds), index=np.asarray(held_out.rows))
    if known.index.has_duplicates:
        return None
    return np.asarray(known.reindex(training.index).fillna(-1), dtype=np.int64)
