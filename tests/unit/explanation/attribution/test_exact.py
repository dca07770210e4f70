# ruff: noqa: PD011 - the values are an attribution's, not those of pandas
import warnings

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier
from xgboost import DMatrix, XGBClassifier, XGBRegressor

from specweave.explanation.anatomy import anatomy
from specweave.explanation.attribution import attribute
from specweave.explanation.attribution.xgboost_trees import read_xgboost
from specweave.explanation.given_subject import given_subject
from specweave.problems.tabular.blend import Blend
from specweave.problems.tabular.text_labels import TextLabels

with warnings.catch_warnings():
    # shap 0.51 calls what matplotlib is about to retire.
    warnings.simplefilter("ignore")
    import shap

RNG = np.random.default_rng(1)
N = 600
ROWS = pd.DataFrame(
    {
        "x": RNG.normal(size=N),
        "z": RNG.normal(size=N),
        "colour": RNG.choice(["red", "green", "blue"], N),
        "noise": RNG.normal(size=N),
    }
)
SCORE = 2 * ROWS["x"] - ROWS["z"] + (ROWS["colour"] == "red") + RNG.normal(0, 0.3, N)
BINARY = np.where(SCORE > 0, "yes", "no")
SEVERAL = np.array(["low", "middle", "top"])[np.digitize(SCORE, [-1, 1])]
SMALL = {"n_estimators": 20, "random_state": 0}
BOOSTED = {"max_iter": 20, "random_state": 0}


def piped(model):
    one_hot = make_column_transformer((OneHotEncoder(sparse_output=False), ["colour"]), remainder="passthrough")
    return make_pipeline(one_hot, model)


CLASSIFIERS = [
    LGBMClassifier(**SMALL, verbosity=-1),
    TextLabels(XGBClassifier(**SMALL)),
    HistGradientBoostingClassifier(**BOOSTED),
    GradientBoostingClassifier(**SMALL),
    RandomForestClassifier(**SMALL, min_samples_leaf=5),
    ExtraTreesClassifier(**SMALL, min_samples_leaf=5),
    DecisionTreeClassifier(max_depth=4),
    LogisticRegression(),
]
REGRESSORS = [
    LGBMRegressor(**SMALL, verbosity=-1),
    XGBRegressor(**SMALL),
    HistGradientBoostingRegressor(**BOOSTED),
    GradientBoostingRegressor(**SMALL),
    RandomForestRegressor(**SMALL, min_samples_leaf=5),
    LinearRegression(),
    RidgeCV(),
]


def named(model):
    return type(model.estimator if isinstance(model, TextLabels) else model).__name__


def subject_of(model, answers, **facts):
    return given_subject(piped(model).fit(ROWS, answers), ROWS, y_train=answers, **facts)


@pytest.mark.parametrize("positive", ["yes", "no"])
@pytest.mark.parametrize("model", CLASSIFIERS, ids=named)
def test_contributions_of_classifiers_add_up_to_the_probability(model, positive):
    subject = subject_of(model, BINARY, positive=positive)
    found = attribute(subject, ROWS.iloc[:80])
    total = found.base + found.values.sum(axis=1)
    said = 1 / (1 + np.exp(-total)) if found.space == "log-odds" else total
    assert found.exact
    assert found.values.shape == (80, 4)
    np.testing.assert_allclose(said, subject.score(ROWS.iloc[:80]), atol=1e-6)
    assert np.abs(found.values[:, 0]).mean() > 3 * np.abs(found.values[:, 3]).mean()


@pytest.mark.parametrize("model", CLASSIFIERS, ids=named)
def test_contributions_to_several_classes_add_up_for_each(model):
    subject = subject_of(model, SEVERAL)
    found = attribute(subject, ROWS.iloc[:60])
    total = found.base + found.values.sum(axis=1)
    if found.space == "class score":
        total = np.exp(total) / np.exp(total).sum(axis=1, keepdims=True)
    assert found.exact
    assert found.values.shape == (60, 4, 3)
    np.testing.assert_allclose(total, subject.score(ROWS.iloc[:60]), atol=1e-6)
    np.testing.assert_allclose(found.of_class("top").values, found.values[:, :, 2])


@pytest.mark.parametrize("model", REGRESSORS, ids=named)
def test_contributions_of_regressors_add_up_in_the_targets_units(model):
    subject = subject_of(model, SCORE.to_numpy())
    found = attribute(subject, ROWS.iloc[:80])
    assert (found.exact, found.space) == (True, "target units")
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), subject.score(ROWS.iloc[:80]), atol=1e-6)
    assert found.gap < 1e-9


@pytest.mark.parametrize("model", [m for m in REGRESSORS if not hasattr(m, "fit_intercept")], ids=named)
def test_trees_give_the_values_of_shap_on_the_encoded_columns(model):
    subject = subject_of(model, SCORE.to_numpy())
    parts = anatomy(subject)
    encoded = parts.encode(ROWS.iloc[:40])
    explainer = shap.TreeExplainer(parts.estimator)
    base = np.ravel(explainer.expected_value)[0]
    if isinstance(model, XGBRegressor):
        # shap hands XGBoost's trees to XGBoost, which adds up in single precision; so it walks them itself, in double. The
        # mean it reports then leaves out the trees' own, which XGBoost knows.
        explainer.model.model_type = "internal"
        base = parts.estimator.get_booster().predict(DMatrix(encoded), pred_contribs=True)[0, -1]
    theirs = explainer.shap_values(encoded)
    found = attribute(subject, ROWS.iloc[:40])
    np.testing.assert_allclose(found.values, parts.to_raw(theirs), atol=1e-6)
    np.testing.assert_allclose(found.base, base, atol=1e-6)


@pytest.mark.parametrize("scale", [1.0, 1e5])
def test_xgboost_is_added_up_in_double_precision_and_its_own_rounding_is_said(scale):
    model = XGBRegressor(n_estimators=300, random_state=0, base_score=0.25 * scale)
    found = attribute(subject_of(model, scale * SCORE.to_numpy()), ROWS.iloc[:80])
    assert found.gap < 1e-10 * scale
    assert 0 < found.rounding < 1e-5 * scale
    one = attribute(subject_of(model, scale * SCORE.to_numpy()), ROWS.iloc[:1])
    assert one.base == pytest.approx(found.base, abs=1e-12)


def test_counts_by_xgboost_start_from_the_log_of_its_base_score():
    counts = RNG.poisson(np.exp(ROWS["x"] / 2)).astype(float)
    parts = anatomy(subject_of(XGBRegressor(**SMALL, objective="count:poisson"), counts))
    encoded = parts.encode(ROWS.iloc[:50])
    said = parts.estimator.predict(encoded, output_margin=True)
    np.testing.assert_allclose(read_xgboost(parts.estimator).answers(encoded)[:, 0], said, atol=1e-5)


def test_linear_models_give_the_values_of_shap():
    subject = subject_of(LinearRegression(), SCORE.to_numpy())
    parts = anatomy(subject)
    theirs = shap.LinearExplainer(
        parts.estimator, shap.maskers.Independent(parts.encode(subject.background), max_samples=N)
    )
    found = attribute(subject, ROWS.iloc[:40])
    np.testing.assert_allclose(found.values, parts.to_raw(theirs.shap_values(parts.encode(ROWS.iloc[:40]))), atol=1e-9)


def test_missing_values_and_native_categories_go_the_trees_own_way():
    rows = ROWS[["x", "z"]].assign(kind=pd.factorize(ROWS["colour"])[0].astype(float))
    rows.iloc[::7, 0] = np.nan
    light = LGBMRegressor(**SMALL, verbosity=-1).fit(rows, SCORE, categorical_feature=[2])
    for model in (
        light,
        HistGradientBoostingRegressor(**BOOSTED).fit(rows, SCORE),
        XGBRegressor(**SMALL).fit(rows, SCORE),
    ):
        found = attribute(given_subject(model, rows, y_train=SCORE.to_numpy()), rows.iloc[:50])
        assert found.exact
        assert found.gap < 1e-9


def test_a_blend_of_regressors_is_the_mean_of_its_members_and_one_of_classifiers_in_log_odds_is_sampled():
    members = [piped(m).fit(ROWS, SCORE) for m in (LinearRegression(), LGBMRegressor(**SMALL, verbosity=-1))]
    found = attribute(given_subject(Blend(members), ROWS, y_train=SCORE.to_numpy()), ROWS.iloc[:20])
    single = [attribute(given_subject(m, ROWS, y_train=SCORE.to_numpy()), ROWS.iloc[:20]).values for m in members]
    np.testing.assert_allclose(found.values, np.mean(single, axis=0))
    voters = [piped(m).fit(ROWS, BINARY) for m in (LogisticRegression(), RandomForestClassifier(**SMALL))]
    assert not attribute(given_subject(Blend(voters), ROWS, y_train=BINARY), ROWS.iloc[:5]).exact


def test_a_model_whose_answer_is_no_sum_is_not_called_exact():
    counts = RNG.poisson(np.exp(ROWS["x"] / 2)).astype(float)
    found = attribute(subject_of(PoissonRegressor(), counts), ROWS.iloc[:5])
    assert not found.exact
    assert found.gap < 1e-9
