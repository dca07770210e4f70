"""Ensembles of decision trees as one node with double thresholds and leaves.

The converters of skl2onnx and onnxmltools write single precision, which sends rows at a threshold the other way. Each
library compares in its own way, and the rows follow it here: LightGBM and scikit-learn's histogram boosting compare doubles,
scikit-learn's forests and XGBoost the values rounded to single precision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specweave.deployment.export.graph import MACHINE_LEARNING, Graph

LEQ, LT, MEMBER = 0, 1, 6
_SUM = 1


@dataclass
class Ensemble:
    """Trees as flat lists in the form of ONNX's TreeEnsemble; every leaf gives one number to each of some targets.

    A leaf that adds to several targets is written as that many trees of equal shape.
    """

    features: list[int] = field(default_factory=list)
    modes: list[int] = field(default_factory=list)
    splits: list[float] = field(default_factory=list)
    true_nodes: list[int] = field(default_factory=list)
    true_leafs: list[int] = field(default_factory=list)
    false_nodes: list[int] = field(default_factory=list)
    false_leafs: list[int] = field(default_factory=list)
    missing_true: list[int] = field(default_factory=list)
    members: list[float] = field(default_factory=list)
    """For each question about categories in turn those that say yes, then NaN."""
    leaf_targets: list[int] = field(default_factory=list)
    leaf_weights: list[float] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)

    def tree(self, root: Any, read: Callable[[Any], Split | float], target: int) -> None:
        """Add a tree; `read` says of a node of the library's own what it splits on, or which number its leaf gives."""
        found = read(root)
        if not isinstance(found, Split):
            # A tree that is a single leaf: ONNX wants a split, and both sides of this one are the same.
            found = Split(0, 0.0, LEQ, missing_true=True, true=root, false=root)
            self.roots.append(self._split(found, read, target, stump=True))
            return
        self.roots.append(self._split(found, read, target))

    def _split(self, split: Split, read: Callable[[Any], Split | float], target: int, *, stump: bool = False) -> int:
        # Children are numbered as they are met, without recursion: boosted trees may be deeper than Python's stack.
        root = self._open(split)
        waiting = [(root, split)]
        while waiting:
            place, found = waiting.pop()
            for side, child in (("true", found.true), ("false", found.false)):
                below = read(child)
                if isinstance(below, Split) and not stump:
                    at = self._open(below)
                    waiting.append((at, below))
                    leaf = 0
                else:
                    at, leaf = len(self.leaf_targets), 1
                    self.leaf_targets.append(target)
                    self.leaf_weights.append(float(below))  # type: ignore[arg-type]  # a leaf, as asked above
                (self.true_nodes if side == "true" else self.false_nodes)[place] = at
                (self.true_leafs if side == "true" else self.false_leafs)[place] = leaf
        return root

    def _open(self, split: Split) -> int:
        self.features.append(split.feature)
        self.splits.append(split.threshold)
        self.modes.append(split.mode)
        self.missing_true.append(int(split.missing_true))
        if split.mode == MEMBER:
            self.members += [*split.members, np.nan]
        for each in (self.true_nodes, self.true_leafs, self.false_nodes, self.false_leafs):
            each.append(0)
        return len(self.features) - 1

    def node(self, graph: Graph, matrix: str, n_targets: int) -> str:
        """The sums of all trees, shape (n, n_targets)."""
        from onnx import numpy_helper

        members = np.array(self.members, dtype=np.float64)
        asked = {"membership_values": numpy_helper.from_array(members, "members")} if self.members else {}
        return str(
            graph.add(
                "TreeEnsemble",
                matrix,
                **asked,
                domain=MACHINE_LEARNING,
                n_targets=n_targets,
                aggregate_function=_SUM,
                post_transform=0,
                tree_roots=self.roots,
                nodes_featureids=self.features,
                nodes_modes=numpy_helper.from_array(np.array(self.modes, dtype=np.uint8), "modes"),
                nodes_splits=numpy_helper.from_array(np.array(self.splits, dtype=np.float64), "splits"),
                nodes_truenodeids=self.true_nodes,
                nodes_trueleafs=self.true_leafs,
                nodes_falsenodeids=self.false_nodes,
                nodes_falseleafs=self.false_leafs,
                nodes_missing_value_tracks_true=self.missing_true,
                leaf_targetids=self.leaf_targets,
                leaf_weights=numpy_helper.from_array(np.array(self.leaf_weights, dtype=np.float64), "weights"),
            )
        )


@dataclass(frozen=True)
class Split:
    """A question of a tree: `true` is the child for the rows whose value compares so with the threshold."""

    feature: int
    threshold: float
    mode: int
    missing_true: bool
    true: Any
    false: Any
    members: tuple[float, ...] = ()
    """The categories that say yes, for the mode MEMBER."""


def of_lightgbm(booster: Any, n_targets: int) -> Ensemble:
    """The trees of a LightGBM booster; trees of the classes take turns. Splits on categories are not supported."""
    ensemble = Ensemble()
    for number, tree in enumerate(booster.dump_model()["tree_info"]):
        ensemble.tree(tree["tree_structure"], _lightgbm_node, number % n_targets)
    return ensemble


def _lightgbm_node(node: dict[str, Any]) -> Split | float:
    if "split_feature" not in node:
        return float(node["leaf_value"])
    if node["decision_type"] != "<=":
        raise NotImplementedError("a split on categories inside LightGBM")
    threshold, missing = float(node["threshold"]), node["missing_type"]
    if missing == "Zero":
        raise NotImplementedError("LightGBM's zero_as_missing")
    # Where no value was missing in training, LightGBM takes a missing one for 0.
    left = bool(node["default_left"]) if missing == "NaN" else threshold >= 0.0
    return Split(node["split_feature"], threshold, LEQ, left, node["left_child"], node["right_child"])


def of_hist_boosting(model: Any) -> Ensemble:
    """The trees of a HistGradientBoosting model: one for each class and iteration."""
    ensemble = Ensemble()
    for iteration in model._predictors:  # noqa: SLF001 - the trees stand nowhere else
        for target, predictor in enumerate(iteration):
            ensemble.tree(0, partial(_hist_node, predictor.nodes, predictor.raw_left_cat_bitsets), target)
    return ensemble


def _hist_node(nodes: Any, bitsets: Any, at: Any) -> Split | float:
    node = nodes[at]
    if node["is_leaf"]:
        return float(node["value"])
    feature, left, right = int(node["feature_idx"]), int(node["left"]), int(node["right"])
    missing_left = bool(node["missing_go_to_left"])
    if node["is_categorical"]:
        bits = np.unpackbits(np.asarray(bitsets[node["bitset_idx"]], dtype="<u4").view(np.uint8), bitorder="little")
        # The runtime wants at least one; no category has the number -1.
        members = tuple(map(float, np.flatnonzero(bits))) or (-1.0,)
        return Split(feature, 0.0, MEMBER, missing_left, left, right, members)
    return Split(feature, float(node["num_threshold"]), LEQ, missing_left, left, right)


def of_forest(trees: Iterable[Any], values: Callable[[Any], NDArray[np.float64]], n_targets: int) -> Ensemble:
    """The trees of scikit-learn; `values` gives for one tree the numbers of its nodes, shape (nodes, n_targets)."""
    ensemble = Ensemble()
    for found in trees:
        tree, numbers = found.tree_, values(found)
        for target in range(n_targets):
            ensemble.tree(0, partial(_forest_node, tree, numbers[:, target]), target)
    return ensemble


def of_boosted_forest(trees: Any, rate: float) -> Ensemble:
    """The trees of scikit-learn's gradient boosting, shape (iterations, targets), each scaled by the learning rate."""
    ensemble = Ensemble()
    for iteration in trees:
        for target, found in enumerate(iteration):
            ensemble.tree(0, partial(_forest_node, found.tree_, rate * found.tree_.value[:, 0, 0]), target)
    return ensemble


def _forest_node(tree: Any, numbers: NDArray[np.float64], at: int) -> Split | float:
    left = int(tree.children_left[at])
    if left < 0:
        return float(numbers[at])
    missing = getattr(tree, "missing_go_to_left", None)
    return Split(
        int(tree.feature[at]),
        float(tree.threshold[at]),
        LEQ,
        bool(missing[at]) if missing is not None else False,
        left,
        int(tree.children_right[at]),
    )


def of_xgboost(booster: Any, n_targets: int) -> Ensemble:
    """The trees of an XGBoost booster, which compares with < in single precision. No splits on categories."""
    import json

    ensemble = Ensemble()
    trees = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]
    for info, tree in zip(trees["tree_info"], trees["trees"], strict=True):
        if tree["categories_nodes"]:
            raise NotImplementedError("a split on categories inside XGBoost")
        ensemble.tree(0, partial(_xgboost_node, tree), int(info) % n_targets)
    return ensemble


def _xgboost_node(tree: dict[str, Any], at: int) -> Split | float:
    left = tree["left_children"][at]
    condition = float(np.float32(tree["split_conditions"][at]))
    if left < 0:
        return condition
    default = bool(tree["default_left"][at])
    return Split(tree["split_indices"][at], condition, LT, default, left, tree["right_children"][at])
