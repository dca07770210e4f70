"""What is found about a model that was trained elsewhere: the facts of an Evaluation, and the models it is compared with."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from specweave.evaluation.diagnosis_result import Power
from specweave.evaluation.result import Evaluation
from specweave.metrics import ClassMetrics, Comparison, Verdict


class OtherModel(BaseModel):
    """Another model on the same rows.

    `effect_size` is the difference in standard deviations of a row's difference (Cohen's d for pairs), `removed` the
    share of the other's remaining error that is removed, `p_holm` corrected for the number of models compared.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    name: str
    value: float | None
    comparison: Comparison
    p_holm: float | None = None
    verdict: Verdict
    effect_size: float | None = None
    removed: float | None = None
    power: Power | None = None


class ModelEvaluation(Evaluation):
    """A model of any library on given rows, or, with `sealed`, on the sealed test set of an increment."""

    source: str
    sealed: bool = False
    others: tuple[OtherModel, ...] = ()
    per_class: tuple[ClassMetrics, ...] = ()
    cautions: tuple[str, ...] = ()
