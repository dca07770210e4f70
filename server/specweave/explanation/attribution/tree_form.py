"""Trees of any library in one form."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
# LightGBM counts what is this close to zero as zero.
ZERO = 1e-35


class NotReadable(Exception):  # noqa: N818 - an answer: these trees cannot be brought into the form
    """The text completes "not readable because …"."""


@dataclass(frozen=True, eq=False)
class Tree:
    """One decision tree; node 0 is the root, a leaf has left = −1.

    Attributes
    ----------
    left, right, feature : int arrays of shape (nodes,)
    threshold : array of shape (nodes,)
        A row goes left where its value is at most the threshold, or below it where `strict`.
    missing_left : bool array
        NaN goes left.
    zero_default : bool array
        Zero goes the way of the missing.
    categories : dict of node to int array
        The codes that go left, where a node splits categories.
    value : array of shape (nodes, k)
        What a leaf adds to each of k outputs.
    cover : array of shape (nodes,)
        Training rows (or their weights) that came through.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: FloatArray
    missing_left: NDArray[np.bool_]
    value: FloatArray
    cover: FloatArray
    strict: bool = False
    zero_default: NDArray[np.bool_] | None = None
    categories: dict[int, NDArray[np.int64]] = field(default_factory=dict)

    @property
    def leaves(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.left < 0)

    def reached(self, columns: FloatArray) -> NDArray[np.int64]:
        """The leaf each row ends in; `columns` has shape (features, rows)."""
        leaf = np.zeros(columns.shape[1], dtype=np.int64)
        waiting = [(0, np.arange(columns.shape[1]))]
        while waiting:
            node, rows = waiting.pop()
            if self.left[node] < 0 or not len(rows):
                leaf[rows] = node
                continue
            x = columns[self.feature[node], rows]
            left = self.goes_left(node, x, np.isnan(x))
            waiting += [(int(self.left[node]), rows[left]), (int(self.right[node]), rows[~left])]
        return leaf

    def goes_left(self, node: int, x: FloatArray, missing: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
        """Which of the values pass to the left child; `missing` marks NaN, None when there is none."""
        left = bool(self.missing_left[node])
        if node in self.categories:
            whole = np.where(np.isfinite(x), x, -1.0).astype(np.int64)
            passed: NDArray[np.bool_] = np.isin(whole, self.categories[node]) & (whole >= 0)
        else:
            passed = x < self.threshold[node] if self.strict else x <= self.threshold[node]
            if self.zero_default is not None and self.zero_default[node]:
                zero = np.abs(x) <= ZERO
                passed = passed | zero if left else passed & ~zero
        if missing is not None and left:
            passed = passed | missing
        return passed


@dataclass(frozen=True, eq=False)
class TreeModel:
    """A sum of trees over `k` outputs, plus an offset.

    `single` says the library compares in float32, so rows are rounded to it first; `single_sums` that it adds up in float32
    as well, so its own answers carry that rounding and `answers` are what its trees say.
    """

    trees: list[Tree]
    offset: FloatArray
    single: bool = False
    single_sums: bool = False

    @property
    def k(self) -> int:
        return len(self.offset)

    @property
    def n_leaves(self) -> int:
        return sum(len(tree.leaves) for tree in self.trees)

    def rounded(self, X: FloatArray) -> FloatArray:
        return X.astype(np.float32).astype(np.float64) if self.single else X

    def only(self, output: int) -> TreeModel:
        """The model of one output."""
        kept = [
            Tree(**{**vars(tree), "value": tree.value[:, [output]]})
            for tree in self.trees
            if tree.value[:, output].any()
        ]
        return TreeModel(kept, self.offset[[output]], self.single, self.single_sums)

    def answers(self, X: FloatArray) -> FloatArray:
        """What the trees add up to in double precision, shape (n, k); found by walking them, not from contributions."""
        columns = self.rounded(X).T
        said = np.tile(self.offset, (len(X), 1))
        for tree in self.trees:
            said += tree.value[tree.reached(columns)]
        return said
