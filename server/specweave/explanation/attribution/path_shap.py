"""SHAP values of trees, exactly, for many rows at once.

The game is that of path-dependent TreeSHAP (Lundberg, Erion and Lee 2018): a feature that is not known sends a row both ways,
by the shares of the training rows. For one leaf it is a product game, v(S) = value × Π_{i∈S} zᵢ × Π_{i∉S} rᵢ, where zᵢ says
whether the row meets the leaf's conditions on feature i and rᵢ is the share of training rows that did. Its Shapley value is
φᵢ = value × (zᵢ − rᵢ) × ∫₀¹ Π_{j≠i} (t zⱼ + (1−t) rⱼ) dt, the integral of a polynomial, which Gauss and Legendre's rule gives
exactly. As a row enters only through d bits, the values of all 2ᵈ patterns are tabled once a leaf (the idea of Yang 2021,
"Fast TreeSHAP") and rows are looked up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from specweave.explanation.attribution.tree_form import NotReadable, Tree, TreeModel
from specweave.progress import Progress, silent

FloatArray = NDArray[np.float64]
Codes = NDArray[np.int64]

# What a core's cache holds of one column and its codes.
ROWS = 4_096
# Beyond so many features on a path a table is larger than what it saves.
MOST_BITS = 11
TREES_AT_ONCE = 25
_NEVER = 1e-12
_LAST_BIT = 61


@dataclass(frozen=True, eq=False)
class _Step:
    """Going from a node to one of its children: which split, which side, and which bit it sets or clears."""

    parent: int
    child: int
    to_left: bool
    bit: int
    again: bool


@dataclass(eq=False)
class _Leaf:
    """The features of a leaf's path, in the order of their bits, and the share of rows each lets through."""

    node: int
    features: tuple[int, ...]
    shares: FloatArray
    table: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class _Plan:
    tree: Tree
    steps: list[_Step]
    leaves: dict[int, _Leaf]


def path_shap(model: TreeModel, X: FloatArray, *, progress: Progress = silent) -> tuple[FloatArray, FloatArray]:
    """Values of shape (n, m, k) in encoded columns, and the base of shape (k,): the mean answer by the trees' covers."""
    n, m = X.shape
    base = model.offset.copy()
    values = np.zeros((model.k, m, n))
    columns = np.ascontiguousarray(model.rounded(X).T)
    missing = [np.isnan(column) if np.isnan(column).any() else None for column in columns]
    for start in range(0, len(model.trees), TREES_AT_ONCE):
        progress(start, len(model.trees), f"contributions of tree {start} of {len(model.trees)}")
        plans = [_planned(tree) for tree in model.trees[start : start + TREES_AT_ONCE]]
        _fill_tables([leaf for plan in plans for leaf in plan.leaves.values()], most_rows=n)
        for plan in plans:
            base += sum(plan.tree.value[leaf.node] * leaf.shares.prod() for leaf in plan.leaves.values())
        _run(plans, columns, missing, values)
    return np.ascontiguousarray(values.transpose(2, 1, 0)), base


def _run(plans: list[_Plan], columns: FloatArray, missing: list[NDArray[np.bool_] | None], values: FloatArray) -> None:
    n = columns.shape[1]
    for start in range(0, n, ROWS):
        part = slice(start, min(start + ROWS, n))
        seen = [None if mask is None else mask[part] for mask in missing]
        for plan in plans:
            _add(plan, columns[:, part], seen, values[:, :, part])


def _planned(tree: Tree) -> _Plan:
    steps: list[_Step] = []
    leaves: dict[int, _Leaf] = {}
    waiting: list[tuple[int, tuple[int, ...], tuple[float, ...]]] = [(0, (), ())]
    while waiting:
        node, features, shares = waiting.pop()
        if tree.left[node] < 0:
            leaves[node] = _Leaf(node, features, np.maximum(np.array(shares, dtype=np.float64), _NEVER))
            continue
        feature, whole = int(tree.feature[node]), float(tree.cover[node])
        again = feature in features
        bit = features.index(feature) if again else len(features)
        for child, to_left in ((int(tree.left[node]), True), (int(tree.right[node]), False)):
            share = float(tree.cover[child]) / whole if whole > 0 else 0.0
            if bit > _LAST_BIT:
                raise NotReadable("a path asks about more than 62 features")
            steps.append(_Step(node, child, to_left, bit, again))
            grown = [*shares, 1.0] if not again else list(shares)
            grown[bit] *= share
            waiting.append((child, features if again else (*features, feature), tuple(grown)))
    return _Plan(tree, _depth_first(steps), leaves)


def _depth_first(steps: list[_Step]) -> list[_Step]:
    """So that few nodes' codes are alive at once."""
    below: dict[int, list[_Step]] = {}
    for step in steps:
        below.setdefault(step.parent, []).append(step)
    ordered: list[_Step] = []
    waiting = list(reversed(below.get(0, [])))
    while waiting:
        step = waiting.pop()
        ordered.append(step)
        waiting.extend(reversed(below.get(step.child, [])))
    return ordered


def _fill_tables(leaves: list[_Leaf], most_rows: int) -> None:
    """For every leaf the weight (zᵢ − rᵢ) × ∫ … of each feature and pattern, shape (d, 2ᵈ); leaves of one d together."""
    by_size: dict[int, list[_Leaf]] = {}
    for leaf in leaves:
        d = len(leaf.features)
        if 0 < d <= MOST_BITS and 2**d <= 4 * most_rows:
            by_size.setdefault(d, []).append(leaf)
    for d, group in by_size.items():
        at_once = max(1, 2**22 // 2**d // d)
        for start in range(0, len(group), at_once):
            part = group[start : start + at_once]
            tables = _tables(np.array([leaf.shares for leaf in part]))
            for leaf, table in zip(part, tables, strict=True):
                leaf.table = table


def _tables(shares: FloatArray) -> FloatArray:
    """Shape (leaves, d, 2ᵈ) from shares of shape (leaves, d)."""
    n, d = shares.shape
    t, weight = _rule(d)
    absent = (1 - t) * shares[:, :, None]
    present = t + absent
    products = np.ones((n, 1, len(t)))
    for bit in range(d):
        products = np.concatenate([products * absent[:, bit, None], products * present[:, bit, None]], axis=1)
    out = np.empty((n, d, 2**d))
    patterns = np.arange(2**d)
    for bit in range(d):
        on = (patterns >> bit & 1).astype(bool)
        out[:, bit, ~on] = (
            -shares[:, [bit]] * np.matmul(products[:, ~on], (weight / absent[:, bit])[:, :, None])[..., 0]
        )
        out[:, bit, on] = (1 - shares[:, [bit]]) * np.matmul(products[:, on], (weight / present[:, bit])[:, :, None])[
            ..., 0
        ]
    return out


@cache
def _rule(d: int) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights on (0, 1) that integrate polynomials of degree d − 1 exactly."""
    nodes, weights = np.polynomial.legendre.leggauss((d + 1) // 2)
    return (nodes + 1) / 2, weights / 2


def _add(plan: _Plan, columns: FloatArray, missing: list[NDArray[np.bool_] | None], values: FloatArray) -> None:
    """Adds one tree's values for some rows; `values` has shape (k, m, rows)."""
    for leaf, codes in _codes(plan, columns, missing):
        if not leaf.features:
            continue
        outputs = np.flatnonzero(plan.tree.value[leaf.node])
        for feature, found in zip(leaf.features, _looked_up(leaf, codes), strict=True):
            for output in outputs:
                values[output, feature] += found * plan.tree.value[leaf.node, output]


def _codes(plan: _Plan, columns: FloatArray, missing: list[NDArray[np.bool_] | None]) -> Iterator[tuple[_Leaf, Codes]]:
    """Each leaf with the pattern of each row: bit i is set where the row meets the leaf's conditions on its feature i."""
    tree = plan.tree
    codes: dict[int, Codes] = {0: np.zeros(columns.shape[1], dtype=np.int64)}
    passed: dict[int, Codes] = {}
    if not plan.steps:
        yield plan.leaves[0], codes[0]
        return
    for step in plan.steps:
        if step.to_left:
            feature = int(tree.feature[step.parent])
            passed[step.parent] = tree.goes_left(step.parent, columns[feature], missing[feature]).astype(np.int64)
            came = codes[step.parent]
        else:
            came = codes.pop(step.parent)
            passed[step.parent] ^= 1
        through = passed[step.parent] if step.to_left else passed.pop(step.parent)
        found = came & ~((through ^ 1) << step.bit) if step.again else came | (through << step.bit)
        if step.child in plan.leaves:
            yield plan.leaves[step.child], found
        else:
            codes[step.child] = found


def _looked_up(leaf: _Leaf, codes: Codes) -> list[FloatArray]:
    if leaf.table is not None:
        return [row.take(codes, mode="clip") for row in leaf.table]
    patterns, place = np.unique(codes, return_inverse=True)
    return [row.take(place) for row in _of_patterns(leaf.shares, patterns)]


def _of_patterns(shares: FloatArray, patterns: Codes) -> FloatArray:
    """As `_tables` for the given patterns alone; shape (d, patterns)."""
    d = len(shares)
    t, weight = _rule(d)
    on = (patterns[:, None] >> np.arange(d) & 1).astype(bool)
    absent = (1 - t)[:, None] * shares
    factors = np.where(on[:, None, :], t[:, None] + absent, absent)
    rest = factors.prod(axis=2)[:, :, None] / factors
    found: FloatArray = ((on - shares) * np.einsum("q,pqd->pd", weight, rest)).T
    return found
