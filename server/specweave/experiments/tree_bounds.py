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
        inner = part.children_left != -1
        left, right = part.children_left[inner], part.children_right[inner]
        return _out_of_bounds(np.flatnonzero(inner), left, right, part.feature[inner], part.node_count, part.n_features)
    if kind == "TreePredictor":
        return _predictor_fault(part)
    return None


def _predictor_fault(predictor: Any) -> str | None:
    nodes = predictor.nodes
    inner = nodes["is_leaf"] == 0
    split = nodes[inner]
    n_features = np.iinfo(np.int32).max
    fault = _out_of_bounds(
        np.flatnonzero(inner), split["left"], split["right"], split["feature_idx"], len(nodes), n_features
    )
    categorical = split[split["is_categorical"] == 1]["bitset_idx"]
    if fault is None and len(categorical) and categorical.max() >= len(predictor.raw_left_cat_bitsets):
        return "a categorical split points outside its table"
    return fault


def _out_of_bounds(own: Any, left: Any, right: Any, feature: Any, n_nodes: int, n_features: int) -> str | None:
    children = np.concatenate([left, right]).astype(np.int64)
    # A child comes after its parent, which also rules out endless walks.
    if len(children) and (children.max() >= n_nodes or (children <= np.concatenate([own, own])).any()):
        return "a tree node points outside its tree"
    if len(feature) and (int(feature.min()) < 0 or int(feature.max()) >= n_features):
        return "a tree node points to a feature that is not there"
    return None
