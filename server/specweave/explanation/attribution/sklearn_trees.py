"""scikit-learn's trees, forests and boosted trees in the common form."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from specweave.explanation.attribution.tree_form import FloatArray, NotReadable, Tree, TreeModel

_TREES = ("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor")
_FORESTS = ("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor")
_BOOSTED = ("GradientBoostingClassifier", "GradientBoostingRegressor")
_HISTOGRAM = ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")
READABLE = (*_TREES, *_FORESTS, *_BOOSTED, *_HISTOGRAM)
# What they answer with is the mean of their leaves: probabilities or values; the others add up scores.
MEANS = (*_TREES, *_FORESTS)


def read_sklearn(estimator: Any) -> TreeModel:
    """The trees of a fitted estimator. Raises NotReadable for other kinds, several targets, or a start of its own."""
    kind = type(estimator).__name__
    if kind in _TREES:
        return _forest([estimator], estimator)
    if kind in _FORESTS:
        return _forest(list(estimator.estimators_), estimator)
    if kind in _BOOSTED:
        return _boosted(estimator)
    if kind in _HISTOGRAM:
        return _histogram(estimator)
    raise NotReadable(f"{kind} is not known as a tree model")


def _forest(members: list[Any], whole: Any) -> TreeModel:
    if getattr(whole, "n_outputs_", 1) > 1:
        raise NotReadable("it predicts several targets")
    classifies = hasattr(whole, "classes_")
    k = len(whole.classes_) if classifies else 1
    trees = []
    for member in members:
        value = member.tree_.value[:, 0, :]
        if classifies:
            value = value / value.sum(axis=1, keepdims=True)
        trees.append(_tree(member.tree_, value / len(members)))
    return TreeModel(trees, np.zeros(k), single=True)


def _boosted(estimator: Any) -> TreeModel:
    rounds, k = estimator.estimators_.shape
    if getattr(estimator, "init", None) not in (None, "zero"):
        raise NotReadable("it starts from a model of its own")
    # scikit-learn says nowhere in public from which score its boosting starts.
    start = estimator._raw_predict_init(np.zeros((1, estimator.n_features_in_), dtype=np.float32))  # noqa: SLF001
    trees = []
    for number in range(rounds):
        for output in range(k):
            tree = estimator.estimators_[number, output].tree_
            value = np.zeros((tree.node_count, k))
            value[:, output] = estimator.learning_rate * tree.value[:, 0, 0]
            trees.append(_tree(tree, value))
    return TreeModel(trees, np.asarray(start, dtype=np.float64).reshape(k), single=True)


def _tree(tree: Any, value: FloatArray) -> Tree:
    inner = tree.children_left >= 0
    missing_left = np.zeros(tree.node_count, dtype=bool)
    known = getattr(tree, "missing_go_to_left", None)
    if known is not None:
        missing_left[inner] = np.asarray(known)[inner].astype(bool)
    return Tree(
        left=tree.children_left.astype(np.int64),
        right=tree.children_right.astype(np.int64),
        feature=tree.feature.astype(np.int64),
        threshold=tree.threshold,
        missing_left=missing_left,
        value=np.where(inner[:, None], 0.0, value),
        cover=tree.weighted_n_node_samples.astype(np.float64),
    )


def _histogram(estimator: Any) -> TreeModel:
    kept = vars(estimator)
    k = len(kept["_predictors"][0])
    offset = np.asarray(kept["_baseline_prediction"], dtype=np.float64).reshape(-1)
    if getattr(estimator, "is_categorical_", None) is not None:
        raise NotReadable("it encodes categories itself")
    trees = [
        _of_predictor(predictor, output, k)
        for predictors in kept["_predictors"]
        for output, predictor in enumerate(predictors)
    ]
    return TreeModel(trees, np.broadcast_to(offset, (k,)).copy())


def _of_predictor(predictor: Any, output: int, k: int) -> Tree:
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(bool)
    value = np.zeros((len(nodes), k))
    value[leaf, output] = nodes["value"][leaf]
    return Tree(
        left=np.where(leaf, -1, nodes["left"].astype(np.int64)),
        right=np.where(leaf, -1, nodes["right"].astype(np.int64)),
        feature=nodes["feature_idx"].astype(np.int64),
        threshold=nodes["num_threshold"].astype(np.float64),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        value=value,
        cover=nodes["count"].astype(np.float64),
        categories=_categories(predictor, leaf),
    )


def _categories(predictor: Any, leaf: NDArray[np.bool_]) -> dict[int, NDArray[np.int64]]:
    """The codes in a node's bit set; those go left."""
    found = {}
    for at in np.flatnonzero(predictor.nodes["is_categorical"].astype(bool) & ~leaf):
        words = predictor.raw_left_cat_bitsets[predictor.nodes["bitset_idx"][at]]
        bits = (words[:, None] >> np.arange(32, dtype=np.uint32)) & 1
        found[int(at)] = np.flatnonzero(bits.ravel()).astype(np.int64)
    return found
