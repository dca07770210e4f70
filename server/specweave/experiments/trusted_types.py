"""The types a stored model may contain: a fixed list of exact names, nothing by prefix.

skops itself trusts scikit-learn's public estimators, numpy arrays, ufuncs and plain containers. Added here is what
our candidates and common scikit-learn models hold beyond that. All of these only carry data or numeric code; none
runs a function named in the file. A model with any other type is refused before anything is built from it.

A distribution that brings a model family registers the types its models hold, as a collection of such names:

    [project.entry-points."specweave.trusted_types"]
    catboost = "my_family:TYPES"

Code of the project itself is trusted by a person, by name, in `.specweave/ml.json`: {"trusted_types": ["my_features.Ratio"]}.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from specweave.errors import StorageError
from specweave.extensions import extensions
from specweave.workspace import FOLDER, Settings

_DATA = {
    "collections.OrderedDict",
    "numpy.dtype",
    "scipy.sparse._csc.csc_array",
    "scipy.sparse._csc.csc_matrix",
    "scipy.sparse._csr.csr_array",
    "scipy.sparse._csr.csr_matrix",
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
    "sklearn.utils.validation.check_array",
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
    given = set(types)
    registered = {name for names in extensions("trusted_types").values() for name in names}
    # Histogram boosting on categories holds a partial of check_array. What a partial calls is a name of its own in the
    # file, which is on the list or refused.
    partial = {"functools.partial"} if "sklearn.utils.validation.check_array" in given else set()
    return sorted(name for name in given - ALLOWED - registered - partial if not _is_own_estimator(name))


def named_in_project(path: Path) -> frozenset[str]:
    """The types a person trusts in the project the path lies in; none outside of a project."""
    root = _project(path)
    if root is None:
        return frozenset()
    named = Settings.read(root / FOLDER / "ml.json").extra.get("trusted_types", [])
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise StorageError(
            "trusted_types in .specweave/ml.json is no list of names",
            value=named,
            allowed='for example {"trusted_types": ["my_features.Ratio"]}',
        )
    return frozenset(named)


def make_importable(path: Path) -> None:
    """Let the modules of the project be found, if a person trusts types of it."""
    root = _project(path)
    if root is not None and str(root) not in sys.path and named_in_project(path):
        sys.path.append(str(root))


def _project(path: Path) -> Path | None:
    return next((folder.parent for folder in path.resolve().parents if folder.name == FOLDER), None)


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
