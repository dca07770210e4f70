"""One evaluation from choice to reports."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from specweave.data import seal, witness
from specweave.data.muting_log import mutings_in_force
from specweave.errors import CheckError, ModelError, SpecweaveError
from specweave.evaluation import diagnosis_wording, history, judgement, unfinished, wording
from specweave.evaluation.choice import (
    best_baseline,
    chosen_experiment,
    cross_validated,
    finished_records,
    out_of_fold,
    primary_metric,
)
from specweave.evaluation.contenders import contenders, fold_spread
from specweave.evaluation.decision import decision
from specweave.evaluation.diagnosing import completed, diagnose, sensitive_columns
from specweave.evaluation.documents import write_documents
from specweave.evaluation.enough import refuse_too_few
from specweave.evaluation.recorded_model import RecordedModel, load_recorded
from specweave.evaluation.result import DataFacts, Evaluation, LookTaken, MutedCheck, StoredPredictions
from specweave.evaluation.rows_apart import refuse_sealed_training
from specweave.experiments import ExperimentSummary
from specweave.metrics import (
    Estimate,
    Predictions,
    compare,
    estimate,
    estimates,
    evaluator,
    metrics_for,
)
from specweave.metrics.margin import margin_or_none
from specweave.metrics.resampling import group_codes
from specweave.problem import Problem
from specweave.progress import Progress, silent
from specweave.workspace import IncrementFolder, lock

RESAMPLES = 1000


@dataclass(frozen=True)
class _Sides:
    """The model under judgement and the baseline, both loaded before the sealed rows are opened."""

    record: ExperimentSummary
    model: RecordedModel
    metric: str
    baseline: ExperimentSummary | None
    baseline_model: RecordedModel | None
    no_baseline: str | None


@dataclass(frozen=True)
class _Seen:
    """What both said about the sealed rows."""

    mine: Predictions
    theirs: Predictions | None
    groups: Any
    rows: pd.DataFrame
    n_without_target: int
    stored: StoredPredictions
    stored_baseline: StoredPredictions | None


def evaluate(
    folder: IncrementFolder,
    problem: Problem,
    *,
    experiment: str | None = None,
    who: str,
    purpose: str,
    sensitive: Sequence[str] = (),
    progress: Progress = silent,
) -> Evaluation:
    """Judge one experiment on the sealed test set and write evaluation.json, the reports and the figures.

    The best finished candidate by out-of-fold value is taken unless `experiment` names one. Everything that can fail
    without the sealed rows (choice, models) is done before they are opened, so that a failure costs no look; the
    best baseline predicts the same rows within the same look. A failure after that leaves the look unfinished, and a
    repeat for the same models goes on with it.

    Fairness is looked at for the columns in `sensitive` and those spec.md names under `sensitive`.

    Raises ExperimentError when there is nothing to evaluate, ModelError when a model does not load or predict,
    SealedError when nothing is sealed, the seal is broken, or too few rows are sealed to judge a model.
    """
    with lock(folder.data / ".evaluation.lock"):
        progress(0, 7, "choosing the experiment and loading its model")
        sealed = seal.read_seal(folder)
        sides = _sides(folder, problem, experiment, sealed.target)
        refuse_too_few(folder, sealed, sides.model.task)
        refuse_sealed_training(folder, sides.record, sealed)
        progress(1, 7, f"opening the sealed test set for {sides.record.id}")
        look, seen = _looked(folder, problem, sides, sealed, purpose=purpose, who=who)
        progress(2, 7, f"metrics with intervals on {len(seen.mine):,} rows")
        found = _judged(folder, problem, sides, seen, look=look, sealed=sealed)
        progress(3, 7, "slices, errors of the training rows, calibration")
        named = tuple(dict.fromkeys([*sensitive_columns(problem), *sensitive]))
        found = _diagnosed(folder, problem, sides, seen, found, sensitive=named)
        progress(4, 7, "comparing all experiments, figures and reports")
        written = write_documents(folder, found, seen.mine, progress)
        history.keep(folder, written)
        reports = [folder.path / name for name in written.documents if not name.endswith(".json")]
        facts = written.model_dump(mode="json")
        witness.testify_evaluation(folder, seal=sealed.id, look=look.n, content=facts, documents=reports)
        unfinished.forget(folder)
        progress(7, 7, written.verdict)
        return written


def _sides(folder: IncrementFolder, problem: Problem, named: str | None, target: str) -> _Sides:
    record = chosen_experiment(folder, problem, named)
    metric = primary_metric(problem, [record])
    model = load_recorded(record, problem, target)
    baseline = best_baseline(folder, metric, other_than=record.id)
    if baseline is None:
        return _Sides(record, model, metric, None, None, "no other baseline has finished")
    try:
        return _Sides(record, model, metric, baseline, load_recorded(baseline, problem, target), None)
    except (ModelError, SpecweaveError) as error:
        return _Sides(record, model, metric, None, None, f"the model of {baseline.id} does not load: {error.what}")


def _looked(
    folder: IncrementFolder, problem: Problem, sides: _Sides, sealed: seal.Seal, *, purpose: str, who: str
) -> tuple[seal.Look, _Seen]:
    asked = {"experiment": sides.record.id, "models": [_asked(sides.model), _asked(sides.baseline_model)]}
    kept = unfinished.resume(folder, asked)
    if kept is not None:
        look, facts = kept
        stored = [StoredPredictions(file=name, sha256=sha256) for name, sha256 in facts["stored"].items()]
        answers = [Predictions.load(folder.path / one.file) for one in stored]
        groups = None if facts["groups"] is None else np.array(facts["groups"])
        rows = seal.rows_of_last_look(folder, look)
        return look, _Seen(
            mine=answers[0],
            theirs=answers[1] if len(answers) > 1 else None,
            groups=groups,
            rows=rows[rows[sides.model.target].notna()],
            n_without_target=facts["n_without_target"],
            stored=stored[0],
            stored_baseline=stored[1] if len(stored) > 1 else None,
        )
    promised = problem.model_dump(mode="json", exclude={"request", "excluded"})
    rows, look = seal.open_sealed(folder, experiment=sides.record.id, purpose=purpose, who=who, promised=promised)
    try:
        seen = _predicted(folder, sides, rows, sealed.group, look.n)
    except Exception as error:
        raise ModelError(
            f"Predicting the sealed rows failed, and look {look.n} is spent: {' '.join(str(error).split())[:300]}",
            value=sides.record.id,
            next_step="do not repeat the call, each costs a look; evaluate another experiment or train again first",
        ) from error
    unfinished.keep(
        folder,
        look,
        asked,
        {
            "stored": {one.file: one.sha256 for one in (seen.stored, seen.stored_baseline) if one},
            "groups": None if seen.groups is None else group_codes(seen.groups).tolist(),
            "n_without_target": seen.n_without_target,
        },
    )
    return look, seen


def _asked(model: RecordedModel | None) -> list[Any]:
    """What the predictions of a model follow from."""
    return [] if model is None else [model.record, model.sha256, model.threshold, model.positive]


def _predicted(folder: IncrementFolder, sides: _Sides, rows: pd.DataFrame, group: str | None, look: int) -> _Seen:
    known = rows[rows[sides.model.target].notna()]
    mine = sides.model.predict(known)
    theirs = sides.baseline_model.predict(known) if sides.baseline_model else None
    name = f"sealed-predictions-{look}"
    return _Seen(
        mine=mine,
        theirs=theirs,
        groups=known[group].to_numpy() if group else None,
        rows=known,
        n_without_target=len(rows) - len(known),
        stored=_stored(folder, mine, f"{name}.parquet"),
        stored_baseline=None if theirs is None else _stored(folder, theirs, f"{name}-baseline.parquet"),
    )


def _stored(folder: IncrementFolder, predictions: Predictions, name: str) -> StoredPredictions:
    path = predictions.save(folder.data / name)
    return StoredPredictions(file=f"{folder.data.name}/{name}", sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def _judged(
    folder: IncrementFolder, problem: Problem, sides: _Sides, seen: _Seen, *, look: seal.Look, sealed: seal.Seal
) -> Evaluation:
    model, metric = sides.model, sides.metric
    names = list(
        dict.fromkeys([metric, *(m.name for m in metrics_for(model.task)), *(c.metric for c in problem.success)])
    )
    mine = tuple(estimates(names, seen.mine, n_resamples=RESAMPLES, groups=seen.groups))
    theirs = (
        () if seen.theirs is None else tuple(estimates(names, seen.theirs, n_resamples=RESAMPLES, groups=seen.groups))
    )
    promised = cross_validated(sides.record, metric)
    held_out = out_of_fold(sides.record)
    own = next(one for one in mine if one.metric == metric)
    found = Evaluation(
        increment=folder.id,
        experiment=sides.record.id,
        baseline=sides.baseline.id if sides.baseline else None,
        task=model.task,
        metric=metric,
        n_test=len(seen.mine),
        **_flagged(seen.mine),
        estimates=mine,
        baseline_estimates=theirs,
        comparison=None
        if seen.theirs is None
        else compare(metric, seen.mine, seen.theirs, n_resamples=RESAMPLES, groups=seen.groups),
        margin=margin_or_none(metric, own.value, next((one.value for one in theirs if one.metric == metric), None)),
        margin_wanted=problem.margin,
        no_baseline=sides.no_baseline,
        criteria=tuple(judgement.judged(criterion, mine) for criterion in problem.success),
        out_of_fold=promised,
        optimism=judgement.gap(metric, promised, own.value),
        folds=fold_spread(sides.record, held_out, sealed.n_train, metric),
        contenders=contenders(finished_records(folder), sides.baseline, metric, _training_groups(folder, sealed.group)),
        classes=seen.mine.classes,
        positive=seen.mine.positive,
        threshold=seen.mine.threshold,
        threshold_rule=model.threshold_rule,
        data=_data_facts(sealed, seen),
        look=look.n,
        look_taken=_look_taken(look, problem, own, seal.looks_elsewhere(folder), seen),
        decision=decision(problem.costs, held_out, seen.mine, seen.theirs),
        previous=history.previous_look(folder, look.n, seen.mine, metric, seen.groups),
        predictions=seen.stored,
        baseline_predictions=seen.stored_baseline,
        model_sha256=model.sha256,
        evaluator=evaluator(names),
        muted=_muted(folder),
        verdict="",
    )
    sentences = wording.reasons(found, wording.plain(found))
    return found.model_copy(update={"verdict": wording.headline(found), "reasons": sentences})


def _muted(folder: IncrementFolder) -> tuple[MutedCheck, ...]:
    try:
        known = mutings_in_force(folder)
    except CheckError:
        return ()  # a log that was tampered with mutes nothing
    return tuple(MutedCheck(code=one.code, reason=one.reason, who=one.who, time=one.time) for one in known.values())


def _flagged(predictions: Predictions) -> dict[str, int]:
    if predictions.task != "binary" or predictions.positive is None:
        return {}
    truth, said = (sides == predictions.positive for sides in (predictions.truth, predictions.labels))
    return {"n_positive": int(truth.sum()), "n_flagged": int(said.sum())}


def _diagnosed(
    folder: IncrementFolder,
    problem: Problem,
    sides: _Sides,
    seen: _Seen,
    found: Evaluation,
    *,
    sensitive: Sequence[str],
) -> Evaluation:
    training, group = seal.training_rows(folder), found.data.group if found.data else None
    held_out = out_of_fold(sides.record)
    looked = diagnose(
        sides.metric,
        seen.mine,
        seen.rows,
        sensitive=sensitive,
        skip=[column.column for column in problem.excluded],
        groups=seen.groups,
        held_out=held_out,
        training=training,
        training_groups=training[group] if group else None,
        target=sides.model.target,
    )
    found = found.model_copy(update={"diagnosis": completed(looked, found, held_out, training)})
    sentences = diagnosis_wording.findings(found, wording.plain(found))
    assert found.diagnosis is not None
    return found.model_copy(update={"diagnosis": found.diagnosis.model_copy(update={"findings": sentences})})


def _training_groups(folder: IncrementFolder, group: str | None) -> pd.Series | None:
    return seal.training_rows(folder)[group] if group else None


def _data_facts(sealed: seal.Seal, seen: _Seen) -> DataFacts:
    return DataFacts(
        target=sealed.target,
        strategy=sealed.strategy,
        reason=sealed.reason,
        group=sealed.group,
        time=sealed.time,
        n_train=sealed.n_train,
        n_test=sealed.n_test,
        n_without_target=seen.n_without_target,
        fingerprint=sealed.fingerprint["content"],
        seal=sealed.id,
    )


def _look_taken(look: seal.Look, problem: Problem, own: Estimate, elsewhere: dict[str, int], seen: _Seen) -> LookTaken:
    number = look.n + sum(elsewhere.values())
    widened = None
    if number > 1:
        level = judgement.level_after(number, own.level)
        widened = estimate(own.metric, seen.mine, n_resamples=RESAMPLES, level=level, groups=seen.groups)
    return LookTaken(
        number=number,
        budget=problem.look_budget,
        hash=look.hash,
        time=look.time,
        purpose=look.purpose,
        inflation=judgement.chance_of_looks(number, own),
        widened=widened,
        elsewhere=elsewhere,
    )
