"""The types a stored model may contain: a fixed list of exact names, nothing by prefix.

skops itself trusts scikit-learn's public estimators, numpy arrays, ufuncs and plain containers. Added here is what
our candidates and common scikit-learn models hold beyond that. All of these only carry data or numeric code; none
runs a function named in the file. A model with any other type is refused before anything is built from it.

A distribution that brings a model family registers the types its models hold, as a collection of such names:

    [project.entry-points."specweave.trusted_types"]
    catboost = "my_family:TYPES"
"""

from __future__ import annotations

from collections.abc import Iterable

from specweave.extensions import extensions

_DATA = {
    "collections.OrderedDict",
    "numpy.dtype",
    "sklearn.utils._bunch.Bunch",
    "sklearn.utils._metadata_requests.MetadataRequest",
    "sklearn.utils._metadata_requests.MethodMetadataRequest",
}
_SCIKIT_LEARN = {
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._scorer._CurveScorer",
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.metrics._scorer._Scorer",
    "sklearn.model_selection._split.GroupKFold",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split.StratifiedGroupKFold",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.model_selection._split.TimeSeriesSplit",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
}
_METRICS = {
    f"sklearn.metrics._{module}.{name}"
    for module, names in {
        "classification": ("accuracy_score", "balanced_accuracy_score", "f1_score", "log_loss", "matthews_corrcoef"),
        "ranking": ("average_precision_score", "roc_auc_score"),
        "regression": ("mean_absolute_error", "mean_squared_error", "r2_score", "root_mean_squared_error"),
    }.items()
    for name in names
}
_BOOSTING = {
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRanker",
    "lightgbm.sklearn.LGBMRegressor",
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
    "xgboost.sklearn.XGBRFClassifier",
    "xgboost.sklearn.XGBRFRegressor",
    "xgboost.sklearn.XGBRanker",
    "xgboost.sklearn.XGBRegressor",
}
ALLOWED = frozenset(_DATA | _SCIKIT_LEARN | _METRICS | _BOOSTING)
OWN_MODULES = ("specweave.problems.", "specweave.features.")


def foreign(types: Iterable[str]) -> list[str]:
    """The names among `types` that are not allowed, sorted.

    Of our own modules, classes derived from scikit-learn's BaseEstimator are allowed.
    """
    registered = {name for names in extensions("trusted_types").values() for name in names}
    return sorted(name for name in set(types) - ALLOWED - registered if not _is_own_estimator(name))


def _is_own_estimator(name: str) -> bool:
    if not name.startswith(OWN_MODULES):
        return False
    from importlib import import_module

    from sklearn.base import BaseEstimator

    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(import_module(module), attribute, None)
    except ImportError:
        return False
    return isinstance(found, type) and issubclass(found, BaseEstimator) and found.__module__ == module
