"""What training found: one typed result, written to reports/training.json."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from specweave.errors import ExperimentError
from specweave.workspace import IncrementFolder, read_json, write_text

FILE = "training.json"
Verdict = Literal["better", "within noise", "worse", "not defined"]


class LeaderboardRow(BaseModel):
    """One experiment, judged out of fold.

    `value` is the metric over all out-of-fold predictions; `cv_mean`, `cv_std` and the interval `low`–`high` (corrected
    for the overlap of the folds) describe its values fold by fold. `verdict`, `difference`, `difference_low`,
    `difference_high` and `p_value` compare it with the best baseline, paired on rows. `precision`, `recall` and
    `n_flagged`, rows of `n_judged` predicted as the positive class, are those out of fold at the threshold. `seconds` is the time of all
    folds and the final fit.
    """

    experiment: str
    name: str
    kind: Literal["baseline", "candidate"]
    family: str
    status: Literal["finished", "failed"]
    value: float | None = None
    cv_mean: float | None = None
    cv_std: float | None = None
    low: float | None = None
    high: float | None = None
    folds: list[float | None] = []
    threshold: float | None = None
    threshold_rule: str = ""
    precision: float | None = None
    recall: float | None = None
    n_flagged: int | None = None
    n_judged: int | None = None
    verdict: Verdict | None = None
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    p_value: float | None = None
    test: str = ""
    seconds: float = 0.0
    fit_seconds: float = 0.0
    predict_seconds: float = 0.0
    error: str = ""


class TrainingResult(BaseModel):
    """All experiments of one training, best first, failed ones last.

    `best` is the chosen experiment and `why` the sentence on the choice; `margin` is the share of the best
    baseline's remaining error it removes. `warnings` are for the person who decides.
    """

    increment: str
    metric: str
    metric_title: str
    greater_is_better: bool
    n_train: int
    n_sealed: int
    n_folds: int
    folds: str
    split: str
    leaderboard: list[LeaderboardRow]
    best: str
    best_name: str
    best_baseline: str
    margin: float | None
    why: str
    warnings: list[str] = []
    columns: list[str] = []
    left_out: dict[str, str] = {}
    not_applicable: dict[str, str] = {}
    seconds: float

    def row(self, experiment: str) -> LeaderboardRow:
        """The row of one experiment; KeyError when it is not on the leaderboard."""
        for row in self.leaderboard:
            if row.experiment == experiment:
                return row
        raise KeyError(experiment)


def write_training(folder: IncrementFolder, result: TrainingResult) -> None:
    """Put the result into reports/training.json."""
    write_text(folder.reports / FILE, result.model_dump_json(indent=2) + "\n")


def read_training(folder: IncrementFolder) -> TrainingResult:
    """The result of the last training of this increment.

    Raises
    ------
    ExperimentError
        Nothing was trained yet.
    """
    found = read_json(folder.reports / FILE, default=None)
    if found is None:
        raise ExperimentError(
            "Nothing was trained in this increment yet",
            value=folder.id,
            next_step=f'call run_experiment with increment="{folder.id}"',
        )
    return TrainingResult.model_validate(found)
