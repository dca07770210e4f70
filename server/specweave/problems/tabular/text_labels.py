"""A classifier that takes only numbered classes, made to speak the labels of the data."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone


class TextLabels(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Numbers the classes for `estimator` on fit and gives their labels back on predict."""

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: Any) -> TextLabels:
        """Fit a copy of the estimator on classes 0 … k−1, in the order of `classes_`."""
        self.classes_, numbered = np.unique(np.asarray(y), return_inverse=True)
        self.estimator_ = clone(self.estimator).fit(X, numbered)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Shape (n, k), columns in the order of `classes_`."""
        probabilities: np.ndarray = self.estimator_.predict_proba(X)
        return probabilities

    def predict(self, X: Any) -> np.ndarray:
        """The most probable label of each row."""
        labels: np.ndarray = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels
