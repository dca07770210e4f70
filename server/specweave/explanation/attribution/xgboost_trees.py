"""XGBoost's trees in the common form, from the model's own JSON."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from specweave.explanation.attribution.tree_form import FloatArray, NotReadable, Tree, TreeModel

_LOGIT = ("binary:logistic", "binary:logitraw", "reg:logistic")
_LOG = ("count:poisson", "reg:gamma", "reg:tweedie")


def read_xgboost(estimator: Any) -> TreeModel:
    """The trees of a fitted XGB estimator or Booster, as far as its best iteration.

    Raises NotReadable for linear boosters, dropped trees (dart) and leaves that hold vectors.
    """
    booster = estimator.get_booster() if hasattr(estimator, "get_booster") else estimator
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    grown = learner["gradient_booster"]
    if grown.get("name") != "gbtree":
        raise NotReadable(f"its booster is {grown.get('name')}")
    model = grown["model"]
    k = max(1, int(learner["learner_model_param"].get("num_class", 0)))
    k = max(k, int(learner["learner_model_param"].get("num_target", 1)))
    trees = [_tree(part, int(output), k) for part, output in zip(model["trees"], model["tree_info"], strict=True)]
    return TreeModel(trees[: _kept(estimator, model, k)], _start(learner, k), single=True, single_sums=True)


def _start(learner: dict[str, Any], k: int) -> FloatArray:
    """The score boosting starts from: the kept start is in the scale of the answers for some objectives."""
    kept = re.findall(r"[-+.\deE]+", str(learner["learner_model_param"]["base_score"]))
    start = np.broadcast_to(np.array(kept, dtype=np.float32), (k,))
    objective = learner["objective"]["name"]
    if objective in _LOGIT:
        start = -np.log(1 / start - 1)
    elif objective in _LOG:
        start = np.log(start)
    return np.asarray(start, dtype=np.float64)


def _kept(estimator: Any, model: dict[str, Any], k: int) -> int | None:
    """Trees up to the best iteration, where training was stopped early."""
    best = getattr(estimator, "best_iteration", None) if _stopped_early(estimator) else None
    if best is None:
        return None
    parallel = int(model["gbtree_model_param"].get("num_parallel_tree", 1))
    return (int(best) + 1) * k * max(parallel, 1)


def _stopped_early(estimator: Any) -> bool:
    booster = estimator.get_booster() if hasattr(estimator, "get_booster") else estimator
    return booster.attr("best_iteration") is not None


def _tree(part: dict[str, Any], output: int, k: int) -> Tree:
    left = np.array(part["left_children"], dtype=np.int64)
    n = len(left)
    if part.get("categories_nodes"):
        raise NotReadable("it splits categories natively")
    if int(part["tree_param"].get("size_leaf_vector", 1)) > 1:
        raise NotReadable("its leaves hold vectors")
    conditions = np.array(part["split_conditions"], dtype=np.float32).astype(np.float64)
    values = np.zeros((n, k))
    values[left < 0, output] = conditions[left < 0]
    return Tree(
        left=left,
        right=np.array(part["right_children"], dtype=np.int64),
        feature=np.array(part["split_indices"], dtype=np.int64),
        threshold=conditions,
        missing_left=np.array(part["default_left"], dtype=bool),
        value=values,
        cover=np.array(part["sum_hessian"], dtype=np.float64),
        strict=True,
    )
