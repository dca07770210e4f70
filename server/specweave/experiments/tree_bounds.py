"""Child and feature numbers of loaded trees lie within their arrays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from specweave.errors import ModelError


def check_trees(model: Any, source: Path) -> None:
    """Raise ModelError when a decision tree inside `model` points outside its nodes or features.

    Covers scikit-learn's Tree (trees, forests, gradient boosting) and TreePredictor (histogram boosting).
    """
    for part in _parts(model):
        fault = _fault(part)
        if fault:
            raise ModelError(
                f"The model file is damaged or made up: {fault}",
                value=str(source),
                next_step="do not use this file; run the experiment again",
            )


def _parts(model: Any) -> Iterator[Any]:
    """Every object reachable through attributes and containers, each once."""
    seen: set[int] = set()
    waiting = [model]
    while waiting:
        part = waiting.pop()
        if id(part) in seen or isinstance(part, (str, bytes, int, float, bool, type)) or part is None:
            continue
        seen.add(id(part))
        yield part
        waiting.extend(_children(part))


def _children(part: Any) -> list[Any]:
    if isinstance(part, np.ndarray):
        return list(part.flat) if part.dtype == object else []
    if isinstance(part, dict):
        return list(part.values())
    if isinstance(part, (list, tuple, set)):
        return list(part)
    return list(vars(part).values()) if hasattr(part, "__dict__") else []


def _fault(part: Any) -> str | None:
    kind = type(part).__name__
    if kind == "Tree" and type(part).__module__ == "sklearn.tree._tree":
        return _tree_fault(part)
    if kind == "TreePredictor":
        return _predictor_fault(part)
    return _width_fault(part)


def _tree_fault(tree: Any) -> str | None:
    inner = tree.children_left != -1
    children = tree.children_left[inner], tree.children_right[inner]
    return _outside_tree(np.flatnonzero(inner), children, tree.node_count) or _outside_features(
        tree.feature[inner], tree.n_features
    )


def _predictor_fault(predictor: Any) -> str | None:
    inner = predictor.nodes["is_leaf"] == 0
    split = predictor.nodes[inner]
    fault = _outside_tree(np.flatnonzero(inner), (split["left"], split["right"]), len(predictor.nodes))
    categorical = split[split["is_categorical"] == 1]["bitset_idx"]
    if fault is None and len(categorical) and int(categorical.max()) >= len(predictor.raw_left_cat_bitsets):
        return "a categorical split points outside its table"
    return fault


def _width_fault(part: Any) -> str | None:
    """Whether trees expect more features than the model that hands them rows checks for."""
    width = getattr(part, "n_features_in_", None)
    tree = getattr(part, "tree_", None)
    if tree is not None and tree.n_features != width:
        return f"a tree expects {tree.n_features} features, its model {width}"
    if _shares_rows_with_members(part):
        members = [member for member in np.asarray(part.estimators_, dtype=object).flat if hasattr(member, "tree_")]
        if any(member.tree_.n_features != width for member in members):
            return f"a tree of the ensemble does not expect the {width} features of the ensemble"
    for predictor in (p for group in getattr(part, "_predictors", ()) for p in group):
        fault = _outside_features(predictor.nodes["feature_idx"][predictor.nodes["is_leaf"] == 0], int(width or 0))
        if fault:
            return fault
    return None


def _shares_rows_with_members(part: Any) -> bool:
    from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
    from sklearn.ensemble._forest import BaseForest

    return isinstance(part, (BaseForest, GradientBoostingClassifier, GradientBoostingRegressor)) and hasattr(
        part, "estimators_"
    )


def _outside_tree(own: Any, children: tuple[Any, Any], n_nodes: int) -> str | None:
    left, right = (side.astype(np.int64) for side in children)
    # A child comes after its parent, which also rules out endless walks.
    if len(own) and (max(left.max(), right.max()) >= n_nodes or (left <= own).any() or (right <= own).any()):
        return "a tree node points outside its tree"
    return None


def _outside_features(feature: Any, n_features: int) -> str | None:
    if len(feature) and (int(feature.min()) < 0 or int(feature.max()) >= n_features):
        return "a tree node points to a feature that is not there"
    return None
