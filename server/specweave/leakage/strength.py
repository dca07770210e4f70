"""How well one column alone tells the target, judged on rows it did not learn from.

Each half of the sample is predicted by a rule learnt on the other half. The rule is a table of values for categories,
a small tree (classes) or interpolation between neighbours (regression) for numbers, so any function is found,
not only a linear one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specweave.leakage.material import Codes, Floats, Material

# (values learnt from, their targets, values to predict) → a row of class probabilities, or a number, per value
Rule = Callable[[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]], Floats]

NEIGHBOURS = 3


@dataclass(frozen=True)
class Strength:
    """How much of the target is told.

    `skill`: share of the errors of the most frequent class that is removed; for regression R².
    `explained`: share of the deviance that is explained (McFadden); for regression R². Both are 1 for a perfect rule
    and at most 0 for a useless one. `loss` is the error of each judged row: wrong or not, or squared error.
    """

    skill: float
    explained: float
    loss: Floats

    @property
    def wrong(self) -> int:
        return int(self.loss.sum())


def column_strength(material: Material, column: str) -> Strength:
    """The strength of a column by its values; a missing value counts as a value of its own."""
    key = ("column", column)
    known = material.remembered(key)
    if known is None:
        if material.kind(column) == "category":
            known = category_strength(material, material.codes(column, material.sample))
        else:
            known = number_strength(material, material.numbers(column, material.sample))
        material.remembered(key, known)
    return known


def category_strength(material: Material, codes: Codes) -> Strength:
    """The strength of a value per judged row, learnt as a table; values not seen before get the overall guess."""
    table = _table_means if material.is_regression else _table_shares(len(material.classes))
    return _judge(material, codes.astype(np.float64), table)


def number_strength(material: Material, values: Floats) -> Strength:
    """The strength of a number per judged row; NaN stands apart from all numbers."""
    if material.is_regression:
        return _judge(material, values, _interpolated)
    ranks, k = _ranks(values), len(material.classes)
    # A few large leaves for a cut seen through wrong entries, many small ones for a pattern without any.
    rules = (_tree_shares(k, leaves=8, smallest=max(5, len(ranks) // 100)), _tree_shares(k, leaves=32, smallest=2))
    return max((_judge(material, ranks, rule) for rule in rules), key=lambda strength: strength.skill)


def strength_of(material: Material, predictions: Floats) -> Strength:
    """The strength of predictions made for the judged rows: probabilities (n, k), or numbers (n,)."""
    y = material.sample_y
    if material.is_regression:
        loss = (y - predictions) ** 2
        spread = float(((y - y.mean()) ** 2).sum())
        told = 1 - float(loss.sum()) / spread if spread > 0 else 0.0
        return Strength(told, told, loss)
    counts = np.bincount(y, minlength=len(material.classes))
    loss = (predictions.argmax(axis=1) != y).astype(np.float64)
    guessed_wrong = len(y) - counts.max()
    likelihood = float(np.log(np.clip(predictions[np.arange(len(y)), y], 1e-3, 1)).sum())
    shares = counts[counts > 0] / len(y)
    chance = float((counts[counts > 0] * np.log(shares)).sum())
    skill = 1 - float(loss.sum()) / guessed_wrong if guessed_wrong else 0.0
    return Strength(skill, 1 - likelihood / chance if chance else 0.0, loss)


def _judge(material: Material, values: Floats, rule: Rule) -> Strength:
    y, half = material.sample_y, material.first_half
    width = () if material.is_regression else (len(material.classes),)
    predictions = np.zeros((len(y), *width))
    for learn in (half, ~half):
        predictions[~learn] = rule(values[learn], y[learn], values[~learn])
    return strength_of(material, predictions)


def _ranks(values: Floats) -> Floats:
    # Trees work in float32, which merges neighbouring ids above 16 million; ranks keep their order and their distance.
    ranks = np.unique(values, return_inverse=True, equal_nan=True)[1].astype(np.float64)
    ranks[np.isnan(values)] = -1
    return ranks


def _tree_shares(k: int, *, leaves: int, smallest: int) -> Rule:
    from sklearn.tree import DecisionTreeClassifier

    def rule(x: Floats, y: Floats, new: Floats) -> Floats:
        tree = DecisionTreeClassifier(max_leaf_nodes=leaves, min_samples_leaf=smallest, random_state=0)
        tree.fit(x[:, None], y)
        shares = np.zeros((len(new), k))
        shares[:, tree.classes_.astype(int)] = tree.predict_proba(new[:, None])
        return shares

    return rule


def _table_shares(k: int) -> Rule:
    def rule(x: Floats, y: Floats, new: Floats) -> Floats:
        values, at = np.unique(x, return_inverse=True)
        counts = np.bincount(at * k + y.astype(np.int64), minlength=len(values) * k).reshape(len(values), k)
        overall = np.bincount(y.astype(np.int64), minlength=k) / len(y)
        shares = (counts + overall) / (counts.sum(axis=1, keepdims=True) + 1)
        place, seen = _places(values, new)
        return np.where(seen[:, None], shares[place], overall)

    return rule


def _table_means(x: Floats, y: Floats, new: Floats) -> Floats:
    values, at = np.unique(x, return_inverse=True)
    sums, counts = np.bincount(at, weights=y), np.bincount(at)
    means = (sums + y.mean()) / (counts + 1)
    place, seen = _places(values, new)
    result: Floats = np.where(seen, means[place], y.mean())
    return result


def _places(values: Floats, new: Floats) -> tuple[Codes, NDArray[np.bool_]]:
    place = np.minimum(np.searchsorted(values, new), len(values) - 1)
    return place, values[place] == new


def _interpolated(x: Floats, y: Floats, new: Floats) -> Floats:
    known = ~np.isnan(x)
    without = float(y[~known].mean()) if (~known).any() else float(y.mean())
    result = np.full(len(new), without)
    if known.any():
        there = ~np.isnan(new)
        result[there] = np.interp(new[there], *_steps(x[known], y[known]))
    return result


def _steps(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Means of neighbours: of equal values where values repeat, else of three rows next to each other."""
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    values, at = np.unique(x, return_inverse=True)
    if len(values) * NEIGHBOURS > len(x):
        at = np.arange(len(x)) // NEIGHBOURS
    counts = np.bincount(at)
    return np.bincount(at, weights=x) / counts, np.bincount(at, weights=y) / counts
