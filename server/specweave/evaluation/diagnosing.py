"""The closer look at a model, put together from its parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from specweave.evaluation.calibration import calibration, offered, recalibrations
from specweave.evaluation.diagnosis_result import Calibration, Caution, Diagnosis
from specweave.evaluation.errors import error_analysis
from specweave.evaluation.fairness import fairness
from specweave.evaluation.folds_apart import unstable, worst_fold
from specweave.evaluation.power import smallest_difference
from specweave.evaluation.result import Evaluation
from specweave.evaluation.slices import slices
from specweave.metrics import Predictions
from specweave.problem import Problem


def sensitive_columns(problem: Problem) -> tuple[str, ...]:
    """The columns the user wants fairness looked at for: `sensitive` under `ml` in spec.md, one name or a list."""
    named = (problem.model_extra or {}).get("sensitive") or ()
    return (named,) if isinstance(named, str) else tuple(str(name) for name in named)


def diagnose(
    metric: str,
    predictions: Predictions,
    columns: pd.DataFrame,
    *,
    sensitive: Sequence[str] = (),
    skip: Sequence[str] = (),
    groups: Any = None,
    held_out: Predictions | None = None,
    training: pd.DataFrame | None = None,
    training_groups: pd.Series | None = None,
    target: str | None = None,
) -> Diagnosis:
    """Slices, fairness and calibration of the predictions; errors and recalibration from the out-of-fold ones.

    `columns` are the rows predicted, in the order of the predictions; `training` the training rows indexed by row
    number. Columns in `skip` are not sliced by. Needs no increment, so that a model from elsewhere can be judged alike.
    """
    hidden = [name for name in [*skip, *([target] if target else [])] if name not in sensitive]
    of_rows = _labels_of(training_groups, held_out)
    return Diagnosis(
        slices=slices(metric, predictions, columns, groups=groups, skip=hidden),
        fairness=fairness(predictions, columns, sensitive, groups=groups),
        errors=None
        if training is None
        else error_analysis(held_out, training, groups=training_groups is not None, skip=hidden),
        calibration=_calibration(predictions, groups, held_out, of_rows),
    )


def completed(
    diagnosis: Diagnosis, found: Evaluation, held_out: Predictions | None, training: pd.DataFrame
) -> Diagnosis:
    """The diagnosis with what needs the verdict: power, the worst fold, cautions."""
    own = found.estimate(found.metric)
    cautions = _cautions(found)
    shaky = found.folds is not None and "unstable-folds" in {one.code for one in cautions}
    return diagnosis.model_copy(
        update={
            "power": smallest_difference(found.comparison, own, found.baseline),
            "cautions": cautions,
            "worst_fold": worst_fold(found.folds, found.metric, held_out, training)
            if shaky and found.folds is not None
            else None,
        }
    )


def _cautions(found: Evaluation) -> tuple[Caution, ...]:
    """Best practices that this evaluation cannot lean on."""
    codes = {
        "no-baseline": found.comparison is None,
        "below-margin": found.margin is not None and found.margin < found.margin_wanted,
        "unstable-folds": unstable(found.folds, found.metric),
        "single-split": found.folds is None,
    }
    return tuple(Caution(code=code) for code, holds in codes.items() if holds)


def _calibration(
    predictions: Predictions, groups: Any, held_out: Predictions | None, of_rows: Any
) -> Calibration | None:
    if predictions.task == "regression":
        return None
    judged = calibration(predictions, groups=groups)
    tried, reason = recalibrations(held_out, groups=of_rows)
    return judged.model_copy(update={"recalibrations": tried, "no_recalibration": reason, "offered": offered(tried)})


def _labels_of(groups: pd.Series | None, held_out: Predictions | None) -> Any:
    if groups is None or held_out is None or held_out.rows is None:
        return None
    return groups.reindex(held_out.rows).to_numpy()
