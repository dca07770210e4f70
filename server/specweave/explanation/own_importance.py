"""What a model reports about its own columns, summed back to raw ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from specweave.explanation.anatomy import Anatomy, anatomy
from specweave.explanation.subject import Subject
from specweave.problems.tabular.blend import Blend

FloatArray = NDArray[np.float64]


def own_importance(subject: Subject) -> tuple[dict[str, float] | None, str]:
    """Shares by raw column that sum to 1, or None, and what they are, or why there are none."""
    if isinstance(subject.model, Blend):
        return None, "a blend has no importance of its own"
    parts = anatomy(subject)
    if parts is None:
        return None, "its columns are made of several raw ones, or by steps that do not say of which"
    found, what = _of_estimator(parts, subject)
    if found is None or len(found) != len(parts.owner) or not np.isfinite(found).all() or found.sum() <= 0:
        return None, f"{type(parts.estimator).__name__} reports none"
    raw = parts.to_raw(found[None, :])[0]
    return dict(zip(subject.columns, (raw / raw.sum()).tolist(), strict=True)), what


def _of_estimator(parts: Anatomy, subject: Subject) -> tuple[FloatArray | None, str]:
    estimator: Any = parts.estimator
    if hasattr(estimator, "booster_"):
        return np.asarray(estimator.booster_.feature_importance("gain"), dtype=np.float64), "gain of the splits"
    if hasattr(estimator, "feature_importances_"):
        gain = type(estimator).__module__.startswith("xgboost")
        what = "mean gain of the splits" if gain else "fall of impurity on the training rows"
        return np.asarray(estimator.feature_importances_, dtype=np.float64), what
    if hasattr(estimator, "coef_"):
        weights = np.abs(np.atleast_2d(np.asarray(estimator.coef_, dtype=np.float64))).mean(axis=0)
        spread = parts.encode(subject.background).std(axis=0)
        what = "size of the weights times the spread of what they weigh"
        return weights * spread if len(weights) == len(spread) else None, what
    return None, ""
