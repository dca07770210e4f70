"""What an evaluation found: the facts every document is rendered from."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from specweave.evaluation.decision import Decision
from specweave.evaluation.diagnosis_result import Diagnosis
from specweave.metrics import Comparison, Estimate, Verdict
from specweave.problem import Task


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class CriterionResult(_Fact):
    """One success criterion against the value on the sealed rows; `certain` when its whole interval agrees."""

    metric: str
    comparison: str
    wanted: float
    value: float | None
    low: float | None = None
    high: float | None = None
    met: bool
    certain: bool
    undefined: str | None = None


class FoldSpread(_Fact):
    """The primary metric in each fold, and the interval of its mean (Nadeau and Bengio 2003)."""

    values: tuple[float, ...]
    mean: float
    std: float
    low: float
    high: float


class Contender(_Fact):
    """One experiment as cross-validation saw it, compared with the best baseline on the same out-of-fold rows.

    `p_holm` is corrected for the number of experiments compared; the verdict uses it.
    """

    experiment: str
    kind: str
    value: float | None
    folds: FoldSpread | None = None
    comparison: Comparison | None = None
    p_holm: float | None = None
    verdict: Verdict | None = None
    note: str = ""


class LookTaken(_Fact):
    """The place of this evaluation among all looks at the sealed rows.

    `number` counts the looks other increments took at the same rows, which `elsewhere` names with their number.
    `inflation` is what choosing the best of as many equal models would add to the metric by chance alone. `widened` is
    the interval that holds although one of `number` models was chosen by these rows: at level 1 − 0.05 / `number`
    (Bonferroni), from the second look on.
    """

    number: int
    budget: int
    hash: str
    time: str
    purpose: str
    inflation: float | None = None
    widened: Estimate | None = None
    elsewhere: dict[str, int] = {}

    @property
    def over_budget(self) -> bool:
        return self.number > self.budget


class PreviousLook(_Fact):
    """The look before this one, and this model against that one's on the same sealed rows; `note` says why not."""

    look: int
    experiment: str
    comparison: Comparison | None = None
    note: str = ""


class StoredPredictions(_Fact):
    """Predictions on the sealed rows at rest; `file` is relative to the increment."""

    file: str
    sha256: str


class MutedCheck(_Fact):
    """A check a person had silenced when the evaluation was written."""

    code: str
    reason: str
    who: str
    time: str


class DataFacts(_Fact):
    """Where the sealed rows came from."""

    target: str
    strategy: str
    reason: str
    group: str | None
    time: str | None
    n_train: int
    n_test: int
    n_without_target: int = 0
    fingerprint: str
    seal: str


class Evaluation(_Fact):
    """One experiment judged on the sealed test set.

    `optimism` is how much better cross-validation looked than the sealed rows, positive when it promised too much.
    """

    increment: str
    experiment: str
    baseline: str | None = None
    task: Task
    metric: str
    n_test: int
    n_positive: int | None = None
    """Sealed rows of the positive class, and those the model says are of it; for two classes."""
    n_flagged: int | None = None
    level: float = 0.95
    estimates: tuple[Estimate, ...]
    baseline_estimates: tuple[Estimate, ...] = ()
    comparison: Comparison | None = None
    margin: float | None = None
    margin_wanted: float
    no_baseline: str | None = None
    criteria: tuple[CriterionResult, ...] = ()
    out_of_fold: float | None = None
    optimism: float | None = None
    folds: FoldSpread | None = None
    contenders: tuple[Contender, ...] = ()
    classes: tuple[str, ...] = ()
    positive: str | None = None
    threshold: float | None = None
    threshold_rule: str | None = None
    data: DataFacts | None = None
    look: int | None = None
    look_taken: LookTaken | None = None
    previous: PreviousLook | None = None
    predictions: StoredPredictions | None = None
    baseline_predictions: StoredPredictions | None = None
    model_sha256: str | None = None
    evaluator: dict[str, Any] | None = None
    """Version, source hash and behaviour of the metrics that measured (`specweave.metrics.identity`)."""
    diagnosis: Diagnosis | None = None
    decision: Decision | None = None
    muted: tuple[MutedCheck, ...] = ()
    figures: tuple[str, ...] = ()
    figures_sha256: dict[str, str] = {}
    documents: tuple[str, ...] = ()
    verdict: str
    reasons: tuple[str, ...] = ()

    def estimate(self, metric: str) -> Estimate | None:
        """The estimate of one metric, if it was worked out."""
        return next((found for found in self.estimates if found.metric == metric), None)

    def __str__(self) -> str:
        lines = [self.verdict, *self.reasons, *(self.diagnosis.findings if self.diagnosis else ())]
        if self.documents:
            lines.append("Written: " + ", ".join(self.documents))
        return "\n".join(lines)
