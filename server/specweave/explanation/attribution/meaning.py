"""What an additive score means: compared with what the whole model says about the same rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from specweave.explanation.attribution.result import Space
from specweave.explanation.subject import Subject

FloatArray = NDArray[np.float64]
# XGBoost works in single precision; a score of ten is exact to about so much.
TOLERANCE = 1e-4


def meaning(subject: Subject, said: FloatArray, output: FloatArray) -> Space | None:
    """The space of `output` (like `said` in shape), where `said` is what `subject.score` gives; None where it is neither."""
    if close(output, said):
        return "target units" if subject.task == "regression" else "probability"
    if subject.task == "regression":
        return None
    if not hasattr(subject.model, "predict_proba"):
        return "class score" if _same_answers(output, said) else None
    if subject.task == "binary":
        return "log-odds" if close(1 / (1 + np.exp(-output)), said) else None
    return "class score" if close(_softmax(output), said) else None


def close(a: FloatArray, b: FloatArray) -> bool:
    """Whether they are the same answers, up to the rounding of single precision."""
    scale = max(1.0, float(np.abs(b).max(initial=0.0)))
    return bool((np.abs(a - b) <= TOLERANCE * scale).all())


def _same_answers(output: FloatArray, said: FloatArray) -> bool:
    if output.ndim == 1:
        return bool(((output > 0) == (said > 0.5)).all())
    return bool((output.argmax(axis=1) == said.argmax(axis=1)).all())


def _softmax(output: FloatArray) -> FloatArray:
    powers = np.exp(output - output.max(axis=1, keepdims=True))
    shares: FloatArray = powers / powers.sum(axis=1, keepdims=True)
    return shares
