"""LIME on raw columns: what a linear model around one row says the model does there.

Ribeiro, Singh and Guestrin (2016), "Why should I trust you?", with the tabular form of their reference library: a number
counts as unchanged while it stays in its quarter of the data, a category while it keeps its value. Samples are drawn
column by column from real rows, so every value in them is one that occurs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.explanation.local_facts import LimeFit, LimeWeight
from specweave.explanation.scales import is_number
from specweave.explanation.values import value_text

Score = Callable[[pd.DataFrame], NDArray[np.float64]]
# The reference library's settings: kernel width per root of a column, and the ridge's penalty.
KERNEL_WIDTH = 0.75
PENALTY = 1.0
N_SAMPLES = 3000


@dataclass(frozen=True)
class _Column:
    """One column's samples, whether each counts as unchanged, and the condition that says so."""

    drawn: pd.Series
    same: NDArray[np.bool_]
    condition: str


def lime(
    score: Score, row: pd.DataFrame, background: pd.DataFrame, *, n_samples: int = N_SAMPLES, seed: int = 0
) -> LimeFit:
    """The weights of one row (a frame of one row), strongest first, with standard errors (sandwich) and the fit.

    `score` maps n raw rows to n numbers, `background` holds the training rows samples are drawn from; both have the
    columns of `row`.
    """
    rng = np.random.default_rng(seed)
    columns = [_sampled(background[name], row[name].iloc[0], n_samples, rng) for name in row.columns]
    samples = pd.DataFrame({name: one.drawn for name, one in zip(row.columns, columns, strict=True)})
    same = np.column_stack([one.same for one in columns]).astype(np.float64)
    answers = np.asarray(score(samples), dtype=np.float64)
    nearness = _nearness(same)
    weights, intercept, errors, fit = weighted_ridge(same, answers, nearness)
    found = [
        LimeWeight(column=str(name), condition=f"{name} {one.condition}", weight=float(w), error=float(e))
        for name, one, w, e in zip(row.columns, columns, weights, errors, strict=True)
    ]
    return LimeFit(
        weights=tuple(sorted(found, key=lambda one: -abs(one.weight))),
        intercept=float(intercept),
        fit=fit,
        n_samples=n_samples,
    )


def weighted_ridge(
    X: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float, NDArray[np.float64], float]:
    """Coefficients, intercept, standard errors of the coefficients and the weighted R² of scikit-learn's Ridge.

    The errors are White's (1980): samples near the row weigh more and vary differently, so the usual ones are wrong.
    """
    from sklearn.linear_model import Ridge

    model = Ridge(alpha=PENALTY).fit(X, y, sample_weight=weights)
    rest = y - model.predict(X)
    centred = X - np.average(X, axis=0, weights=weights)
    bread = np.linalg.inv((centred * weights[:, None]).T @ centred + PENALTY * np.eye(X.shape[1]))
    pushed = centred * (weights * rest)[:, None]
    errors = np.sqrt(np.maximum(np.diag(bread @ (pushed.T @ pushed) @ bread), 0))
    around = np.average(y, weights=weights)
    total = float(np.sum(weights * (y - around) ** 2))
    fit = 1 - float(np.sum(weights * rest**2)) / total if total > 0 else 1.0
    return model.coef_, float(model.intercept_), errors, max(-1.0, fit)


def _nearness(same: NDArray[np.float64]) -> NDArray[np.float64]:
    width = KERNEL_WIDTH * np.sqrt(same.shape[1])
    changed = (1 - same).sum(axis=1)
    nearness: NDArray[np.float64] = np.sqrt(np.exp(-changed / width**2))
    return nearness


def _sampled(known: pd.Series, own: Any, n: int, rng: np.random.Generator) -> _Column:
    """`n` values of the data, the first one the row's own."""
    drawn = known.iloc[rng.integers(0, len(known), n)].reset_index(drop=True)
    drawn.iloc[0] = own
    if pd.isna(own):
        return _Column(drawn, drawn.isna().to_numpy(), "is missing")
    if not is_number(known):
        same = (drawn.astype(object) == own).fillna(value=False).to_numpy(dtype=bool)
        return _Column(drawn, same, f"= {value_text(own)}")
    cuts = np.unique(np.nanquantile(known.to_numpy(dtype=np.float64, na_value=np.nan), [0.25, 0.5, 0.75]))
    return _quarter(drawn, float(own), cuts)


def _quarter(drawn: pd.Series, own: float, cuts: NDArray[np.float64]) -> _Column:
    values = drawn.to_numpy(dtype=np.float64, na_value=np.nan)
    # As the reference library cuts: a value on a cut belongs below it.
    at = int(np.searchsorted(cuts, own))
    same = (np.searchsorted(cuts, values) == at) & ~np.isnan(values)
    low = None if at == 0 else value_text(float(cuts[at - 1]))
    high = None if at == len(cuts) else value_text(float(cuts[at]))
    text = f"> {low}" if high is None else f"≤ {high}" if low is None else f"in ({low}, {high}]"
    return _Column(drawn, same, text)
