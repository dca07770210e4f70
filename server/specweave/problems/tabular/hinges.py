"""Numbers bent at their quantiles, so that a linear model draws a curve."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted


class Hinges(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Piecewise-linear splines: each column x, and max(0, x − k) for each of its inner knots k.

    Knots are distinct quantiles of the training values; beyond the outermost training values a column counts as
    equal to them, so a linear model on top stays level there. scikit-learn's SplineTransformer holds SciPy objects
    that the safe model format does not take.

    Parameters
    ----------
    knots : int
        Inner knots asked for; columns with few distinct values get fewer.
    """

    def __init__(self, knots: int = 5) -> None:
        self.knots = knots

    def fit(self, X: Any, y: Any = None) -> Hinges:  # noqa: ARG002 - scikit-learn calls it so
        """Find the knots; X has shape (n, p) and no missing values."""
        X = check_array(X, dtype=np.float64)
        self.n_features_in_ = X.shape[1]
        self.low_, self.high_ = X.min(axis=0), X.max(axis=0)
        shares = np.arange(1, self.knots + 1) / (self.knots + 1)
        self.knots_ = [self._inner(X[:, j], shares) for j in range(X.shape[1])]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Shape (n, p + number of knots), the columns of one feature together."""
        check_is_fitted(self)
        X = np.clip(check_array(X, dtype=np.float64), self.low_, self.high_)
        parts = []
        for j, knots in enumerate(self.knots_):
            parts += [X[:, [j]], np.maximum(X[:, [j]] - knots, 0.0)]
        return np.hstack(parts)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The input's names, and "name > knot" for the bent ones."""
        names = [f"x{j}" for j in range(self.n_features_in_)] if input_features is None else list(input_features)
        found = []
        for name, knots in zip(names, self.knots_, strict=True):
            found += [str(name), *(f"{name} > {knot:.6g}" for knot in knots)]
        return np.array(found, dtype=object)

    @staticmethod
    def _inner(column: np.ndarray, shares: np.ndarray) -> np.ndarray:
        found = np.unique(np.quantile(column, shares, method="nearest"))
        inner: np.ndarray = found[(found > column.min()) & (found < column.max())]
        return inner
