"""An estimator asked for many small tables, past what its wrapper for scikit-learn checks each time.

Measured on 300 trees of LightGBM, the wrapper takes 15 ms a call, the trees 8 ms for 300 rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specweave.explanation.anatomy import Anatomy

FloatArray = NDArray[np.float64]
Asked = Callable[[FloatArray], Any]


def directly(estimator: Any, method: str) -> Asked:
    """What `estimator.predict_proba` or `.predict` says of encoded rows; whoever uses it compares the two first."""
    library = type(estimator).__module__.split(".")[0]
    if library == "lightgbm" and hasattr(estimator, "booster_") and not _gives_labels(estimator, method):
        return _lightgbm(estimator, method)
    if library == "xgboost":
        return lambda encoded: getattr(estimator, method)(encoded, validate_features=False)
    return lambda encoded: getattr(estimator, method)(Anatomy.as_fitted(estimator, encoded))


def _gives_labels(estimator: Any, method: str) -> bool:
    return method == "predict" and hasattr(estimator, "classes_")


def _lightgbm(estimator: Any, method: str) -> Asked:
    booster, threads = estimator.booster_, estimator.get_params().get("n_jobs")
    options = {} if threads is None or threads < 1 else {"num_threads": threads}

    def asked(encoded: FloatArray) -> Any:
        said = booster.predict(encoded, **options)
        return np.column_stack([1 - said, said]) if method == "predict_proba" and said.ndim == 1 else said

    return asked
