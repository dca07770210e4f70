"""The increment's experiments as the checks see them."""

from __future__ import annotations

from specweave.checks.base import NextStep
from specweave.errors import ExperimentError
from specweave.experiments import ExperimentSummary, list_experiments
from specweave.problem import Problem
from specweave.workspace import IncrementFolder

# A script or notebook that recorded a metric has tried a model, whatever it calls itself.
_MODEL_KINDS = ("candidate", "script", "notebook")


def finished(folder: IncrementFolder) -> list[ExperimentSummary]:
    """Every experiment that ran to its end."""
    return [record for record in list_experiments(folder) if record.status == "finished"]


def baselines(folder: IncrementFolder) -> list[ExperimentSummary]:
    return [record for record in finished(folder) if record.kind == "baseline"]


def candidates(folder: IncrementFolder) -> list[ExperimentSummary]:
    """Finished experiments that recorded a model's metrics and are no baselines."""
    return [record for record in finished(folder) if record.kind in _MODEL_KINDS and record.metrics]


def current(records: list[ExperimentSummary], problem: Problem) -> list[ExperimentSummary]:
    """The records that use no column excluded since; all of them when none is left.

    A model trained before a leak was excluded looks best and must not be taken for the best.
    """
    excluded = {column.column for column in problem.excluded}
    clean = [record for record in records if not excluded & set(features(record))]
    return clean or records


def features(record: ExperimentSummary) -> list[str]:
    """The columns the record says its model was trained on."""
    model = record.metadata.get("model")
    return list(model.get("features") or ()) if isinstance(model, dict) else []


def would_be_judged(folder: IncrementFolder, problem: Problem) -> ExperimentSummary | None:
    """The record evaluate_model would take now: the best by out-of-fold value; nothing while there is none."""
    from specweave.evaluation.choice import chosen_experiment

    try:
        return chosen_experiment(folder, problem, None)
    except ExperimentError:
        return None


def run_experiment(folder: IncrementFolder, sentence: str = "Train baselines and candidates") -> NextStep:
    return NextStep(sentence=sentence, tool="run_experiment", arguments={"increment": folder.id})


def evaluate_model(folder: IncrementFolder, sentence: str = "Judge the best model on the sealed test set") -> NextStep:
    return NextStep(sentence=sentence, tool="evaluate_model", arguments={"increment": folder.id})


def within(folder: IncrementFolder, path: object) -> str:
    """A path of the increment as it is written in evidence: below the increment, with forward slashes."""
    text = str(path)
    return text.removeprefix(str(folder.path)).lstrip("/\\").replace("\\", "/")
