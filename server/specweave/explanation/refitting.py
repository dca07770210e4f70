"""Fitting a model anew in the same way, without some of its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone

from specweave.metrics import as_labels
from specweave.problems.tabular.blend import Blend

Refit = Callable[[pd.DataFrame, NDArray[Any]], Any]


@dataclass(frozen=True, eq=False)
class Refitter:
    """A function from rows and their answers to a model fitted on them, in the same way as `model` was.

    Answers to classifiers are labels as text; they are given back their original type.
    """

    model: Any
    takes_array: bool = False

    def __call__(self, rows: pd.DataFrame, truth: NDArray[Any]) -> Any:
        return _fitted(self.model, rows.to_numpy() if self.takes_array else rows, truth)


def refitter(model: Any, *, takes_array: bool = False) -> Refitter | None:
    """The model's Refitter; None where it cannot be cloned."""
    return Refitter(model, takes_array) if hasattr(model, "fit") and _clonable(model) else None


def _clonable(model: Any) -> bool:
    try:
        clone(model)
    except (TypeError, RuntimeError, ValueError):
        return False
    return True


def _fitted(model: Any, rows: Any, truth: NDArray[Any]) -> Any:
    if isinstance(model, Blend):
        return Blend([_fitted(member, rows, truth) for member in model.models])
    return clone(model).fit(rows, _as_it_learned(model, truth))


def _as_it_learned(model: Any, truth: NDArray[Any]) -> NDArray[Any]:
    classes = getattr(model, "classes_", None)
    if classes is None or truth.dtype.kind == "f":
        return truth
    known = np.asarray(classes)
    if known.dtype.kind in "US":
        return truth
    original = dict(zip(as_labels(known).tolist(), known.tolist(), strict=True))
    return np.array([original.get(label, label) for label in truth.tolist()], dtype=known.dtype)
