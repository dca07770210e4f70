from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from specweave.explanation.lime import lime, weighted_ridge


def made(n=1500, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "income": rng.normal(30_000, 8_000, n),
            "late": rng.poisson(1.0, n),
            "job": rng.choice(["none", "part", "full"], n),
            "noise": rng.normal(size=n),
        }
    )


def score(rows):
    index = (rows["income"] - 30_000) / 8_000 - rows["late"] + 1.5 * (rows["job"] == "full")
    return 1 / (1 + np.exp(-index.to_numpy(dtype=float)))


@pytest.fixture(scope="module")
def rows():
    return made()


def row(rows):
    return rows.iloc[[0]].assign(income=45_000.0, late=4, job="full", noise=0.0)


def test_signs_and_ranks_of_a_known_model_are_right(rows):
    found = lime(score, row(rows), rows)
    weights = {one.column: one for one in found.weights}
    assert weights["income"].weight > 0
    assert weights["late"].weight < 0
    assert weights["job"].weight > 0
    assert abs(weights["noise"].weight) < 3 * weights["noise"].error
    assert found.weights[-1].column == "noise"
    assert weights["job"].condition == "job = full"
    assert weights["income"].condition.startswith("income > ")


def test_weights_equal_those_of_the_reference_library(rows):
    """On a model of the quarters alone: within a quarter their library draws normal values, ours are real ones."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lime.lime_tabular import LimeTabularExplainer

    numbers = rows[["income", "late", "noise"]].astype(float)
    cuts = {name: np.quantile(numbers[name], [0.25, 0.5, 0.75]) for name in numbers}
    one = numbers.iloc[[0]].assign(income=45_000.0, late=4.0, noise=0.0)

    def answer(X):
        quarters = [np.searchsorted(cuts[name], np.asarray(X)[:, at]) for at, name in enumerate(numbers.columns)]
        return 0.1 * quarters[0] - 0.05 * quarters[1] * (quarters[0] > 1) + 0.3

    explainer = LimeTabularExplainer(numbers.to_numpy(), mode="regression", random_state=0, feature_selection="none")
    explained = explainer.explain_instance(one.to_numpy()[0], answer, num_features=3, num_samples=50_000)
    theirs, ours = dict(explained.as_map()[1]), lime(answer, one, numbers, n_samples=50_000)
    mine = {w.column: w for w in ours.weights}
    for at, name in enumerate(numbers.columns):
        assert mine[name].weight == pytest.approx(theirs[at], abs=0.004)
    assert ours.fit == pytest.approx(explained.score, abs=0.02)


def test_the_ridge_is_that_of_scikit_learn():
    rng = np.random.default_rng(1)
    X, weights = rng.normal(size=(200, 3)), rng.random(200)
    y = X @ [1.0, 2.0, 0.0] + rng.normal(size=200)
    coefficients, intercept, _, _ = weighted_ridge(X, y, weights)
    model = Ridge(alpha=1.0).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(coefficients, model.coef_)
    assert intercept == pytest.approx(model.intercept_)


def test_errors_cover_the_weight_that_many_samples_give(rows):
    one = row(rows)
    limit = {w.column: w.weight for w in lime(score, one, rows, n_samples=100_000, seed=99).weights}
    inside = [
        abs(w.weight - limit[w.column]) <= 1.96 * w.error
        for seed in range(60)
        for w in lime(score, one, rows, n_samples=1000, seed=seed).weights
    ]
    assert 0.90 <= np.mean(inside) <= 0.99


def test_a_missing_value_is_a_condition_of_its_own(rows):
    known = rows.assign(income=rows["income"].where(np.arange(len(rows)) % 3 > 0))
    one = known.iloc[[0]]
    weights = {w.column: w for w in lime(lambda r: r["income"].isna().to_numpy(float), one, known).weights}
    assert weights["income"].condition == "income is missing"
    assert weights["income"].weight > 0.8


def test_the_same_seed_gives_the_same_weights(rows):
    assert lime(score, row(rows), rows, seed=3) == lime(score, row(rows), rows, seed=3)
    assert lime(score, row(rows), rows, seed=3) != lime(score, row(rows), rows, seed=4)


def test_a_constant_model_is_fitted_by_nothing(rows):
    found = lime(lambda r: np.full(len(r), 0.3), row(rows), rows)
    assert all(w.weight == pytest.approx(0, abs=1e-12) for w in found.weights)
    assert found.intercept == pytest.approx(0.3)
