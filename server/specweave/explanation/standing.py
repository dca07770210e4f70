"""Which experiment an increment's own explanation is of."""

from __future__ import annotations

from specweave.errors import ExperimentError
from specweave.evaluation.choice import chosen_experiment, finished_records, model_facts
from specweave.problem import Problem
from specweave.workspace import IncrementFolder, read_json


def standing_experiment(folder: IncrementFolder, problem: Problem) -> str:
    """The experiment the increment stands for: the one that was judged, else the best by cross-validation.

    Raises ExperimentError when none holds a model.
    """
    if not any(model_facts(record) for record in finished_records(folder)):
        raise ExperimentError(
            "No finished experiment holds a model to explain",
            value=folder.id,
            next_step=f'call run_experiment(increment="{folder.id}")',
        )
    judged = read_json(folder.reports / "evaluation.json", default=None)
    named = judged.get("experiment") if isinstance(judged, dict) else None
    if named in {record.id for record in finished_records(folder)}:
        return str(named)
    return chosen_experiment(folder, problem, None).id
