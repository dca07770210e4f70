"""Which experiment is evaluated, and which baseline it has to beat."""

from __future__ import annotations

from collections.abc import Sequence

from specweave.errors import ExperimentError, SpecweaveError, listing
from specweave.experiments import ExperimentSummary, list_experiments, open_experiment
from specweave.metrics import Predictions, UndefinedMetric, default_metric, get_metric, score
from specweave.problem import Problem, Task
from specweave.workspace import IncrementFolder, read_json

PREDICTIONS = "predictions.parquet"
TRAINING = "training.json"
_CANDIDATES = ("candidate", "script", "notebook")


def chosen_experiment(folder: IncrementFolder, problem: Problem, named: str | None) -> ExperimentSummary:
    """The experiment named; else the best out-of-fold value among what the training chose and what it has not seen.

    The training's own choice stands for all it compared: it prefers a cheaper model to a third decimal, and may
    choose a baseline. Raises ExperimentError when there is none with a model.
    """
    if named is not None:
        return _usable(open_experiment(folder, named).summary(), folder)
    compared, winner = _training_choice(folder)
    finished = [record for record in finished_records(folder) if model_facts(record)]
    open_to_choice = [r for r in finished if r.id == winner or (r.kind in _CANDIDATES and r.id not in compared)]
    clean = [record for record in open_to_choice if not _uses_excluded(record, problem)]
    found = best(clean, primary_metric(problem, finished)) if clean else None
    if found is None:
        raise ExperimentError(
            "No finished experiment holds a model to evaluate",
            value=folder.id,
            allowed="an experiment of kind candidate, script or notebook, with a stored model and an out-of-fold value",
            next_step=f'call run_experiment(increment="{folder.id}")',
        )
    return found


def best_baseline(folder: IncrementFolder, metric: str, *, other_than: str | None = None) -> ExperimentSummary | None:
    """The finished baseline with the best out-of-fold value, or nothing; a baseline is not compared with itself."""
    known = [record for record in finished_records(folder) if record.kind == "baseline" and record.id != other_than]
    return best(known, metric)


def _training_choice(folder: IncrementFolder) -> tuple[set[str], str | None]:
    """The experiments the last training compared, and the one it chose; nothing chosen when one of them is gone."""
    found = read_json(folder.reports / TRAINING, default={})
    ids = {str(row["experiment"]) for row in found.get("leaderboard", [])} if isinstance(found, dict) else set()
    there = {record.id for record in finished_records(folder)}
    chosen = found.get("best") if ids else None
    return (ids, str(chosen)) if chosen in there else (set(), None)


def best(records: Sequence[ExperimentSummary], metric: str) -> ExperimentSummary | None:
    """The record with the best out-of-fold value of the metric; the first of equals."""
    sign = 1 if get_metric(metric).greater_is_better else -1
    valued = [(value, record) for record in records if (value := cross_validated(record, metric)) is not None]
    return max(valued, key=lambda pair: sign * pair[0])[1] if valued else None


def finished_records(folder: IncrementFolder) -> list[ExperimentSummary]:
    return [record for record in list_experiments(folder) if record.status == "finished"]


def primary_metric(problem: Problem, records: Sequence[ExperimentSummary]) -> str:
    """The metric of the problem, or its task's default while spec.md names none."""
    if problem.metric:
        return problem.metric
    tasks = [str(model_facts(record)["task"]) for record in records if model_facts(record).get("task")]
    return default_metric(task_of(problem, tasks[0] if tasks else None))


def task_of(problem: Problem, recorded: str | None) -> Task:
    """The task the model was trained for; an error while neither the record nor spec.md says it."""
    if recorded in ("binary", "multiclass", "regression"):
        return recorded  # type: ignore[return-value]
    if problem.task is None:
        raise ExperimentError(
            "Neither the experiment nor spec.md says which task the model solves",
            allowed="binary, multiclass, regression",
            next_step="write `task` under `ml` in spec.md",
        )
    return problem.task


def model_facts(record: ExperimentSummary) -> dict[str, object]:
    """The key `model` of metadata.yaml; empty without a model."""
    found = record.metadata.get("model")
    return found if isinstance(found, dict) else {}


def cross_validated(record: ExperimentSummary, metric: str) -> float | None:
    """The out-of-fold value: as recorded, or worked out from the record's predictions."""
    recorded = record.metrics.get(metric)
    if isinstance(recorded, int | float):
        return float(recorded)
    held_out = out_of_fold(record)
    try:
        return None if held_out is None else score(metric, held_out)
    except UndefinedMetric:
        return None


def out_of_fold(record: ExperimentSummary) -> Predictions | None:
    """The record's out-of-fold predictions, if it has readable ones."""
    path = record.path / PREDICTIONS
    try:
        return Predictions.load(path) if path.is_file() else None
    except SpecweaveError:
        return None


def _usable(record: ExperimentSummary, folder: IncrementFolder) -> ExperimentSummary:
    if model_facts(record):
        return record
    with_models = [found.id for found in finished_records(folder) if model_facts(found)]
    raise ExperimentError(
        "The experiment stored no model",
        value=record.id,
        allowed=listing(with_models) or "none yet",
        next_step="name one that did, or leave the experiment out to take the best",
    )


def _uses_excluded(record: ExperimentSummary, problem: Problem) -> bool:
    features = model_facts(record).get("features")
    used = set(features) if isinstance(features, list) else set()
    return bool(used & {column.column for column in problem.excluded})
