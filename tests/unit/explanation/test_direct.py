"""Estimators asked past their wrappers say what they say through them."""

from __future__ import annotations

import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.linear_model import LogisticRegression

from specweave.explanation.direct import directly

RNG = np.random.default_rng(0)
X = np.where(RNG.random((400, 5)) < 0.1, np.nan, RNG.normal(size=(400, 5)))
SCORE = np.nan_to_num(X[:, 0]) + RNG.normal(scale=0.3, size=400)
SMALL = {"n_estimators": 8, "verbosity": -1, "n_jobs": 1}


@pytest.mark.parametrize("cuts", [[0], [-0.5, 0.5]])
def test_probabilities_of_lightgbm(cuts):
    model = LGBMClassifier(**SMALL).fit(X, np.digitize(SCORE, cuts))
    np.testing.assert_array_equal(directly(model, "predict_proba")(X), model.predict_proba(X))
    np.testing.assert_array_equal(directly(model, "predict")(X), model.predict(X))


def test_values_of_lightgbm_as_far_as_its_best_iteration():
    import lightgbm

    stop = lightgbm.early_stopping(2, verbose=False)
    model = LGBMRegressor(**{**SMALL, "n_estimators": 200, "learning_rate": 0.5})
    model.fit(X, SCORE, eval_X=X[:50], eval_y=SCORE[:50] + RNG.normal(size=50), callbacks=[stop])
    assert model.best_iteration_ < 200
    np.testing.assert_array_equal(directly(model, "predict")(X), model.predict(X))


@pytest.mark.parametrize("cuts", [[0], [-0.5, 0.5]])
def test_xgboost(cuts):
    xgboost = pytest.importorskip("xgboost")
    model = xgboost.XGBClassifier(n_estimators=8, n_jobs=1).fit(X, np.digitize(SCORE, cuts))
    np.testing.assert_array_equal(directly(model, "predict_proba")(X), model.predict_proba(X))
    other = xgboost.XGBRegressor(n_estimators=8, n_jobs=1).fit(X, SCORE)
    np.testing.assert_array_equal(directly(other, "predict")(X), other.predict(X))


def test_any_other_is_asked_as_it_is():
    model = LogisticRegression().fit(np.nan_to_num(X), SCORE > 0)
    known = np.nan_to_num(X)
    np.testing.assert_array_equal(directly(model, "predict_proba")(known), model.predict_proba(known))
