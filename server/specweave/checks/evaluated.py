"""What reports/evaluation.json says, as far as the checks and the summary need it."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError

from specweave.errors import StorageError
from specweave.experiments import ExperimentSummary
from specweave.metrics import Comparison, Estimate
from specweave.workspace import IncrementFolder, read_json

EVALUATION = "reports/evaluation.json"


class Judged(BaseModel):
    """One evaluation on the sealed test set."""

    experiment: str
    metric: str
    n_test: int
    estimates: tuple[Estimate, ...]
    baseline: str | None = None
    comparison: Comparison | None = None
    margin: float | None = None
    no_baseline: str | None = None
    look: int | None = None
    n_positive: int | None = None
    n_flagged: int | None = None

    def estimate(self, metric: str) -> Estimate | None:
        """The estimate of one metric, if it was worked out."""
        return next((found for found in self.estimates if found.metric == metric), None)


def evaluated(folder: IncrementFolder) -> Judged | None:
    """The last evaluation, or nothing before there is one; StorageError when the file is damaged."""
    path = folder.path / EVALUATION
    found = read_json(path, default=None)
    if found is None:
        return None
    try:
        return Judged.model_validate(found)
    except ValidationError as error:
        raise StorageError(
            "reports/evaluation.json does not hold an evaluation",
            value=str(path),
            next_step=f'evaluate again with evaluate_model(increment="{folder.id}"), or restore the file',
        ) from error


def judged_experiment(folder: IncrementFolder, records: list[ExperimentSummary]) -> ExperimentSummary | None:
    """The record that was evaluated on the sealed test set, if it is among `records`."""
    judged = evaluated(folder)
    return next((record for record in records if judged and record.id == judged.experiment), None)
