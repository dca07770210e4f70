"""The plain mean of a few fitted models, each with its own preprocessing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from specweave.errors import DataError
from specweave.metrics import Predictions, as_labels


class Blend(BaseEstimator):  # type: ignore[misc]
    """Averages the predictions of models that are fitted already.

    No weights are learnt, so nothing is fitted on the out-of-fold predictions the blend is judged by.

    Parameters
    ----------
    models : list of fitted estimators
        For classification all with `predict_proba`.
    """

    def __init__(self, models: list[Any]) -> None:
        self.models = models

    @property
    def classes_(self) -> np.ndarray:
        """Every class some member knows, in alphabetical order; an AttributeError for regressors."""
        return np.unique(np.concatenate([as_labels(model.classes_) for model in self.models]))

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Any, y: Any = None) -> Blend:  # noqa: ARG002 - scikit-learn calls it so
        """Does nothing: the members are fitted."""
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The mean of the members' values, or the class of the highest mean probability."""
        if hasattr(self.models[0], "predict_proba"):
            labels: np.ndarray = self.classes_[self._mean_scores(X).argmax(axis=1)]
            return labels
        values: np.ndarray = np.mean([model.predict(X) for model in self.models], axis=0)
        return values

    def __getattr__(self, name: str) -> Any:
        # Offered only when the members have it, as callers decide by its presence.
        if name == "predict_proba" and all(hasattr(m, name) for m in self.__dict__.get("models", [None])):
            return self._mean_scores
        raise AttributeError(name)

    def _mean_scores(self, X: Any) -> np.ndarray:
        names = self.classes_.tolist()
        total = np.zeros((len(X), len(names)))
        for model in self.models:
            total[:, [names.index(c) for c in as_labels(model.classes_).tolist()]] += model.predict_proba(X)
        return total / len(self.models)


def mean_predictions(parts: Sequence[Predictions]) -> Predictions:
    """What a blend says, from what its members said about the same rows in the same order.

    Raises
    ------
    DataError
        The members predicted different rows.
    """
    first = parts[0]
    rows = np.array([]) if first.rows is None else first.rows
    if any(part.rows is None or not np.array_equal(part.rows, rows) for part in parts):
        raise DataError("The members of a blend predicted different rows", next_step="predict the same rows with all")
    facts: dict[str, Any] = {"rows": first.rows, "folds": first.folds}
    if first.task == "regression":
        return Predictions(first.task, first.truth, np.mean([p.labels for p in parts], axis=0), **facts)
    scores = np.mean([part.scores for part in parts if part.scores is not None], axis=0)
    labels = np.array(first.classes)[scores.argmax(axis=1)]
    return Predictions(
        first.task, first.truth, labels, scores=scores, classes=first.classes, positive=first.positive, **facts
    )
