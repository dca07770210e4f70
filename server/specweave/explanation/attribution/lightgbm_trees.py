"""LightGBM's trees in the common form, from the model's own dump."""

from __future__ import annotations

from typing import Any

import numpy as np

from specweave.explanation.attribution.tree_form import FloatArray, NotReadable, Tree, TreeModel


def read_lightgbm(estimator: Any) -> TreeModel:
    """The trees of a fitted LGBM estimator or Booster, as far as its best iteration.

    Raises NotReadable for trees with linear models in their leaves.
    """
    booster = getattr(estimator, "booster_", estimator)
    dump = booster.dump_model()
    k = int(dump.get("num_tree_per_iteration", 1))
    parts = dump["tree_info"]
    # A random forest of LightGBM answers with the mean of its trees, all others with their sum.
    share = k / max(len(parts), 1) if dump.get("average_output") else 1.0
    trees = [_tree(part["tree_structure"], place % k, k, share) for place, part in enumerate(parts)]
    return TreeModel(trees, np.zeros(k))


def _tree(root: dict[str, Any], output: int, k: int, share: float) -> Tree:
    nodes: list[dict[str, Any]] = []
    places: list[list[int]] = []
    waiting = [(root, -1, 0)]
    while waiting:
        node, parent, side = waiting.pop()
        here = len(nodes)
        nodes.append(node)
        places.append([-1, -1])
        if parent >= 0:
            places[parent][side] = here
        if "split_feature" in node:
            waiting += [(node["right_child"], here, 1), (node["left_child"], here, 0)]
    return Tree(
        left=np.array([place[0] for place in places], dtype=np.int64),
        right=np.array([place[1] for place in places], dtype=np.int64),
        feature=np.array([node.get("split_feature", -1) for node in nodes], dtype=np.int64),
        threshold=np.array([_threshold(node) for node in nodes]),
        missing_left=np.array([_missing_left(node) for node in nodes]),
        zero_default=np.array([node.get("missing_type") == "Zero" for node in nodes]),
        categories={
            at: np.array([int(code) for code in str(node["threshold"]).split("||")], dtype=np.int64)
            for at, node in enumerate(nodes)
            if node.get("decision_type") == "=="
        },
        value=_values(nodes, output, k, share),
        cover=np.array([float(node.get("internal_count", node.get("leaf_count", 1))) for node in nodes]),
    )


def _threshold(node: dict[str, Any]) -> float:
    return float(node["threshold"]) if node.get("decision_type") == "<=" else np.nan


def _missing_left(node: dict[str, Any]) -> bool:
    """Where a split knows no missing values they count as zero; among categories they always go right."""
    if node.get("decision_type") != "<=":
        return False
    if node["missing_type"] == "None":
        return bool(float(node["threshold"]) >= 0)
    return bool(node["default_left"])


def _values(nodes: list[dict[str, Any]], output: int, k: int, share: float) -> FloatArray:
    values = np.zeros((len(nodes), k))
    for at, node in enumerate(nodes):
        if "leaf_features" in node or "leaf_coeff" in node:
            raise NotReadable("its leaves hold linear models")
        values[at, output] = share * float(node.get("leaf_value", 0.0))
    return values
