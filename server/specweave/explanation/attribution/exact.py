"""Exact contributions in encoded columns: linear models and trees; each checked against the model's own answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.explanation.anatomy import Anatomy
from specweave.explanation.attribution.lightgbm_trees import read_lightgbm
from specweave.explanation.attribution.meaning import close, meaning
from specweave.explanation.attribution.path_shap import path_shap
from specweave.explanation.attribution.result import Attribution, Space
from specweave.explanation.attribution.sklearn_trees import MEANS, READABLE, read_sklearn
from specweave.explanation.attribution.tree_form import NotReadable, TreeModel
from specweave.explanation.attribution.xgboost_trees import read_xgboost
from specweave.explanation.subject import Subject
from specweave.metrics import as_labels
from specweave.progress import Progress, silent

FloatArray = NDArray[np.float64]
# Beyond so many leaves the exact values take longer than sampled ones that are good enough.
MOST_LEAVES = 40_000
# How far base + contributions may be from the answer, as a part of it where it is beyond 1.
ADDS_UP = 1e-6
LINEAR = "exact for a linear model: weight × (value − mean of the background), summed over a column's encoded parts"
TREES = "exact for trees (path-dependent TreeSHAP), summed over a column's encoded parts"


@dataclass(frozen=True, eq=False)
class _Encoded:
    """Parts of shape (n, m, k), base (k,) and the model's own answer (n, k) in the estimator's own scale."""

    parts: FloatArray
    base: FloatArray
    output: FloatArray
    method: str
    background: str
    n_background: int
    rounding: float = 0.0


def exact(
    subject: Subject,
    parts: Anatomy,
    rows: pd.DataFrame,
    *,
    spaces: Sequence[Space] = (),
    progress: Progress = silent,
) -> Attribution | None:
    """The contributions, or None where the estimator has no exact route, its sums miss its answers, or they are in none of
    the spaces named.
    """
    encoded = parts.encode(rows)
    said = subject.score(rows)
    found = _linear(subject, parts, encoded) or _trees(
        subject, parts, encoded, lambda own: not spaces or _space(subject, own, said) in spaces, progress
    )
    if found is None:
        return None
    space = _space(subject, found, said)
    found = _of_subject(subject, found)
    if found is None or space is None or (spaces and space not in spaces) or not _adds_up(found):
        return None
    single = subject.task != "multiclass"
    output = found.output[:, 0] if single else found.output
    values = parts.to_raw(found.parts)
    return Attribution(
        columns=subject.columns,
        values=values[:, :, 0] if single else values,
        base=found.base[0] if single else found.base,
        output=output,
        space=space,
        method=found.method,
        background=found.background,
        n_background=found.n_background,
        rows=rows.index.to_numpy(),
        classes=() if single else subject.classes,
        rounding=found.rounding,
    )


def _space(subject: Subject, found: _Encoded, said: FloatArray) -> Space | None:
    """What the estimator's answers mean, given those of the subject."""
    own = _of_subject(subject, found)
    if own is None:
        return None
    return meaning(subject, said, own.output if subject.task == "multiclass" else own.output[:, 0])


def _linear(subject: Subject, parts: Anatomy, encoded: FloatArray) -> _Encoded | None:
    weights, start = getattr(parts.estimator, "coef_", None), getattr(parts.estimator, "intercept_", None)
    if weights is None or start is None:
        return None
    weights = np.atleast_2d(np.asarray(weights.toarray() if hasattr(weights, "toarray") else weights, dtype=np.float64))
    start = np.broadcast_to(np.atleast_1d(np.asarray(start, dtype=np.float64)), (len(weights),))
    if weights.shape[1] != encoded.shape[1] or np.isnan(encoded).any():
        return None
    scores = getattr(parts.estimator, "decision_function", parts.estimator.predict)
    output = np.asarray(scores(parts.as_fitted(parts.estimator, encoded)), dtype=np.float64).reshape(len(encoded), -1)
    if output.shape[1] != len(weights):
        return None
    mean = parts.encode(subject.background).mean(axis=0)
    return _Encoded(
        parts=(encoded - mean)[:, :, None] * weights.T,
        base=weights @ mean + start,
        output=output,
        method=LINEAR,
        background=subject.background_is,
        n_background=len(subject.background),
    )


def _trees(
    subject: Subject, parts: Anatomy, encoded: FloatArray, wanted: Callable[[_Encoded], bool], progress: Progress
) -> _Encoded | None:
    try:
        model: TreeModel | None = subject.remembered("trees", parts.estimator, lambda: _read(parts.estimator))
        if model is None or model.n_leaves > MOST_LEAVES:
            return None
        output = _own_answer(parts, encoded)
        if output.shape[1] != model.k or not wanted(_without_parts(output)):
            return None
        values, base = path_shap(model, encoded, progress=progress)
    except (NotReadable, AttributeError, KeyError, ValueError, TypeError):
        return None
    rounding = 0.0
    if model.single_sums:
        said, output = output, model.answers(encoded)
        rounding = float(np.abs(said - output).max(initial=0.0))
        if not close(said, output):
            return None
    n = subject.n_training or len(subject.background)
    return _Encoded(
        values,
        base,
        output,
        TREES,
        f"the {n:,} training rows, as the trees' nodes count them",
        n,
        rounding,
    )


def _without_parts(output: FloatArray) -> _Encoded:
    n, k = output.shape
    return _Encoded(np.zeros((n, 0, k)), np.zeros(k), output, TREES, "", 0)


def _read(estimator: Any) -> TreeModel | None:
    library = type(estimator).__module__.split(".")[0]
    if library == "lightgbm":
        return read_lightgbm(estimator)
    if library == "xgboost":
        return read_xgboost(estimator)
    if type(estimator).__name__ in READABLE and library == "sklearn":
        return read_sklearn(estimator)
    return None


def _own_answer(parts: Anatomy, encoded: FloatArray) -> FloatArray:
    """The estimator's own number in the scale in which its trees add up, shape (n, k)."""
    estimator = parts.estimator
    library = type(estimator).__module__.split(".")[0]
    asked = parts.as_fitted(estimator, encoded)
    if library == "lightgbm":
        found = getattr(estimator, "booster_", estimator).predict(encoded, raw_score=True)
    elif library == "xgboost":
        found = estimator.predict(asked, output_margin=True)
    elif type(estimator).__name__ in MEANS:
        found = getattr(estimator, "predict_proba", estimator.predict)(asked)
    else:
        # A boosted regressor whose link is not the identity misses its sums here, and is sampled.
        found = getattr(estimator, "decision_function", estimator.predict)(asked)
    return np.asarray(found, dtype=np.float64).reshape(len(encoded), -1)


def _of_subject(subject: Subject, found: _Encoded) -> _Encoded | None:
    """For the positive class, or for the classes in the subject's order."""
    if subject.task == "regression":
        return found if found.output.shape[1] == 1 else None
    own = as_labels(getattr(subject.model, "classes_", list(subject.classes))).tolist()
    k = found.output.shape[1]
    if subject.task == "binary" and k == 1 and len(own) == 2:
        return found if own[1] == subject.positive else _changed(found, [0], -1.0)
    if k != len(own) or not set(subject.classes) <= set(own):
        return None
    wanted = [str(subject.positive)] if subject.task == "binary" else list(subject.classes)
    return _changed(found, [own.index(name) for name in wanted], 1.0)


def _changed(found: _Encoded, outputs: list[int], sign: float) -> _Encoded:
    return replace(
        found,
        parts=sign * found.parts[:, :, outputs],
        base=sign * found.base[outputs],
        output=sign * found.output[:, outputs],
    )


def _adds_up(found: _Encoded) -> bool:
    gap = np.abs(found.base + found.parts.sum(axis=1) - found.output)
    return bool((gap <= ADDS_UP * np.maximum(1.0, np.abs(found.output))).all())
