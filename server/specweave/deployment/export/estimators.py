"""Fitted estimators as ONNX nodes: probabilities of shape (n, k) in the order of `classes_`, or values of shape (n, 1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from specweave.deployment.export import trees
from specweave.deployment.export.graph import Graph
from specweave.deployment.export.preprocessing import numbered


def estimator(graph: Graph, model: Any, matrix: str) -> str:
    """Probabilities or values of a fitted estimator on the encoded matrix.

    Raises
    ------
    NotImplementedError
        The estimator has no translation; the text names it.
    """
    kind = type(model).__name__
    if kind == "TextLabels":
        return estimator(graph, model.estimator_, matrix)
    found = _TRANSLATIONS.get(kind)
    if found is None:
        raise NotImplementedError(f"the estimator {kind}")
    return found(graph, model, matrix)


def decision(graph: Graph, model: Any, matrix: str) -> str:
    """The decision function of a fitted classifier: shape (n, 1) of two classes, that of the second, else (n, k).

    Raises NotImplementedError for an estimator without a translation.
    """
    kind = type(model).__name__
    if kind in ("LogisticRegression", "LogisticRegressionCV", "LinearSVC", "SGDClassifier", "RidgeClassifier"):
        return _linear_form(graph, matrix, model.coef_, model.intercept_)
    if kind == "HistGradientBoostingClassifier":
        return _hist_raw(graph, model, matrix)
    if kind == "GradientBoostingClassifier":
        return _gradient_raw(graph, model, matrix)
    raise NotImplementedError(f"the decision function of {kind}")


def _logistic(graph: Graph, model: Any, matrix: str) -> str:
    return _probabilities(graph, decision(graph, model, matrix), len(model.classes_))


def _probabilities(graph: Graph, raw: str, n_classes: int) -> str:
    return _two(graph, graph.add("Sigmoid", raw)) if n_classes == 2 else str(graph.add("Softmax", raw, axis=1))


def _linear(graph: Graph, model: Any, matrix: str) -> str:
    return _linear_form(graph, matrix, np.atleast_2d(model.coef_), np.atleast_1d(model.intercept_))


def _linear_form(graph: Graph, matrix: str, weights: Any, intercept: Any) -> str:
    product = graph.add("MatMul", matrix, graph.constant(np.ascontiguousarray(np.asarray(weights, np.float64).T)))
    return str(graph.add("Add", product, graph.constant(np.asarray(intercept, np.float64).reshape(1, -1))))


def _lightgbm(graph: Graph, model: Any, matrix: str) -> str:
    booster = model.booster_
    n = booster.num_model_per_iteration()
    raw = trees.of_lightgbm(booster, n).node(graph, matrix, n)
    objective = str(booster.dump_model(num_iteration=1)["objective"]).split()
    if objective[0] in ("regression", "regression_l1", "huber", "quantile", "mape"):
        if "sqrt" in objective:
            raise NotImplementedError("LightGBM's reg_sqrt")
        return raw
    if objective[0] == "binary" and "sigmoid:1" in objective:
        return _two(graph, graph.add("Sigmoid", raw))
    if objective[0] == "multiclass":
        return str(graph.add("Softmax", raw, axis=1))
    raise NotImplementedError(f"LightGBM's objective {' '.join(objective)}")


def _hist_boosting(graph: Graph, model: Any, matrix: str) -> str:
    raw = _hist_raw(graph, model, matrix)
    if hasattr(model, "classes_"):
        return _probabilities(graph, raw, len(model.classes_))
    if model.loss not in ("squared_error", "absolute_error", "quantile"):
        raise NotImplementedError(f"histogram boosting with the loss {model.loss}")
    return raw


def _hist_raw(graph: Graph, model: Any, matrix: str) -> str:
    if getattr(model, "_preprocessor", None) is not None:
        matrix = numbered(graph, model._preprocessor, matrix)  # noqa: SLF001 - the codes of its categories
    baseline = np.asarray(model._baseline_prediction, dtype=np.float64).reshape(1, -1)  # noqa: SLF001 - stands nowhere else
    n = baseline.shape[1]
    return str(graph.add("Add", trees.of_hist_boosting(model).node(graph, matrix, n), graph.constant(baseline)))


def _gradient_boosting(graph: Graph, model: Any, matrix: str) -> str:
    raw = _gradient_raw(graph, model, matrix)
    if not hasattr(model, "classes_"):
        return raw
    if model.loss != "log_loss":
        raise NotImplementedError(f"gradient boosting with the loss {model.loss}")
    return _probabilities(graph, raw, len(model.classes_))


def _gradient_raw(graph: Graph, model: Any, matrix: str) -> str:
    if not isinstance(model.init_, str) and not type(model.init_).__name__.startswith("Dummy"):
        raise NotImplementedError("gradient boosting that begins with a model")
    begin = model._raw_predict_init(np.zeros((1, model.n_features_in_), dtype=np.float32))  # noqa: SLF001 - stands nowhere else
    n = model.estimators_.shape[1]
    ensemble = trees.of_boosted_forest(model.estimators_, model.learning_rate)
    return str(
        graph.add("Add", ensemble.node(graph, _single(graph, matrix), n), graph.constant(np.asarray(begin, np.float64)))
    )


def _xgboost(graph: Graph, model: Any, matrix: str) -> str:
    import json

    booster = model.get_booster()
    learner = json.loads(booster.save_config())["learner"]
    objective = learner["objective"]["name"]
    base = json.loads(booster.save_raw("json"))["learner"]["learner_model_param"]["base_score"]
    base_score = np.array([float(part) for part in base.strip("[]").split(",")])
    n = max(int(learner["learner_model_param"]["num_class"]), 1)
    raw = trees.of_xgboost(booster, n).node(graph, _single(graph, matrix), n)
    if objective == "binary:logistic":
        start = np.log(base_score / (1 - base_score))
        return _two(graph, graph.add("Sigmoid", graph.add("Add", raw, graph.constant(start.reshape(1, -1)))))
    if objective == "multi:softprob":
        shifted = graph.add("Add", raw, graph.constant(base_score.reshape(1, -1)))
        return str(graph.add("Softmax", shifted, axis=1))
    if objective in ("reg:squarederror", "reg:absoluteerror"):
        return str(graph.add("Add", raw, graph.constant(base_score.reshape(1, -1))))
    raise NotImplementedError(f"XGBoost's objective {objective}")


def _forest_classes(graph: Graph, model: Any, matrix: str) -> str:
    return _tree_classes(graph, model, model.estimators_, matrix)


def _tree_classes(graph: Graph, model: Any, members: Any, matrix: str) -> str:
    if model.n_outputs_ != 1:
        raise NotImplementedError("several targets at once")
    k, n = len(model.classes_), len(members)
    first = 1 if k == 2 else 0

    def shares(member: Any) -> Any:
        counts = member.tree_.value[:, 0, :]
        return (counts / counts.sum(axis=1, keepdims=True))[:, first:] / n

    width = 1 if k == 2 else k
    found = trees.of_forest(members, shares, width).node(graph, _single(graph, matrix), width)
    return _two(graph, found) if k == 2 else found


def _forest_values(graph: Graph, model: Any, matrix: str) -> str:
    return _tree_values(graph, model.estimators_, matrix)


def _tree_values(graph: Graph, members: Any, matrix: str) -> str:
    n = len(members)
    found = trees.of_forest(members, lambda member: member.tree_.value[:, :, 0] / n, 1)
    return found.node(graph, _single(graph, matrix), 1)


def _constant_classes(graph: Graph, model: Any, matrix: str) -> str:
    if model.strategy not in ("prior", "most_frequent"):
        raise NotImplementedError(f"a draw at random ({model.strategy})")
    shares = np.asarray(model.class_prior_, dtype=np.float64)
    if model.strategy == "most_frequent":
        shares = np.eye(len(shares))[int(shares.argmax())]
    return graph.repeated(shares, matrix)


def _constant_value(graph: Graph, model: Any, matrix: str) -> str:
    return graph.repeated(np.asarray(model.constant_, dtype=np.float64).reshape(-1), matrix)


def _two(graph: Graph, positive: str) -> str:
    """Probabilities of both classes from those of the second."""
    return graph.beside([graph.add("Sub", graph.constant(np.ones((1, 1))), positive), positive])


def _single(graph: Graph, matrix: str) -> str:
    """Rounded to single precision, as scikit-learn's trees and XGBoost round before they compare."""
    from onnx import TensorProto

    return str(graph.add("Cast", graph.add("Cast", matrix, to=TensorProto.FLOAT), to=TensorProto.DOUBLE))


_TRANSLATIONS: dict[str, Callable[[Graph, Any, str], str]] = {
    "DecisionTreeClassifier": lambda graph, model, matrix: _tree_classes(graph, model, [model], matrix),
    "DecisionTreeRegressor": lambda graph, model, matrix: _tree_values(graph, [model], matrix),
    "DummyClassifier": _constant_classes,
    "DummyRegressor": _constant_value,
    "ElasticNet": _linear,
    "ExtraTreesClassifier": _forest_classes,
    "ExtraTreesRegressor": _forest_values,
    "GradientBoostingClassifier": _gradient_boosting,
    "GradientBoostingRegressor": _gradient_boosting,
    "HistGradientBoostingClassifier": _hist_boosting,
    "HistGradientBoostingRegressor": _hist_boosting,
    "LGBMClassifier": _lightgbm,
    "LGBMRegressor": _lightgbm,
    "Lasso": _linear,
    "LassoCV": _linear,
    "ElasticNetCV": _linear,
    "LinearRegression": _linear,
    "LogisticRegression": _logistic,
    "LogisticRegressionCV": _logistic,
    "RandomForestClassifier": _forest_classes,
    "RandomForestRegressor": _forest_values,
    "Ridge": _linear,
    "RidgeCV": _linear,
    "XGBClassifier": _xgboost,
    "XGBRegressor": _xgboost,
}
