from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from specweave.errors import ModelError
from specweave.experiments.tree_bounds import check_trees

X = np.random.default_rng(0).normal(size=(200, 4))
Y = (X[:, 0] + X[:, 1] > 0).astype(int)


def _hist(**settings):
    return HistGradientBoostingClassifier(max_iter=3, **settings).fit(X, Y)


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeClassifier(),
        RandomForestClassifier(5),
        BaggingClassifier(n_estimators=3, max_features=0.5),
        GradientBoostingClassifier(n_estimators=3),
        HistGradientBoostingClassifier(max_iter=3),
        make_pipeline(StandardScaler(), RandomForestClassifier(3)),
    ],
    ids=lambda model: type(model).__name__,
)
def test_real_models_pass(model, tmp_path):
    check_trees(model.fit(X, Y), tmp_path)


def test_categorical_splits_pass_and_a_wrong_table_is_found(tmp_path):
    codes = np.column_stack([X, np.random.default_rng(1).integers(0, 8, 200)])
    target = (codes[:, 4] % 2 == 0).astype(int)
    model = HistGradientBoostingClassifier(max_iter=2, categorical_features=[4]).fit(codes, target)
    predictor = model._predictors[0][0]
    assert predictor.nodes["is_categorical"].any()
    check_trees(model, tmp_path)
    predictor.nodes["bitset_idx"][predictor.nodes["is_categorical"] == 1] = 99
    with pytest.raises(ModelError, match="categorical split"):
        check_trees(model, tmp_path)


@pytest.mark.parametrize(("field", "value"), [("left", 10_000), ("right", 0), ("feature_idx", 4), ("feature_idx", -1)])
def test_histogram_tree_that_points_outside_is_found(field, value, tmp_path):
    model = _hist()
    model._predictors[1][0].nodes[field][0] = value
    with pytest.raises(ModelError):
        check_trees(make_pipeline(StandardScaler(), model), tmp_path)


@pytest.mark.parametrize(("field", "value"), [("left_child", 10_000), ("right_child", 0), ("feature", 9)])
def test_tree_that_points_outside_is_found(field, value, tmp_path):
    forest = RandomForestClassifier(3, random_state=0).fit(X, Y)
    state = forest.estimators_[2].tree_.__getstate__()
    state["nodes"] = state["nodes"].copy()
    state["nodes"][field][0] = value
    forest.estimators_[2].tree_.__setstate__(state)
    with pytest.raises(ModelError):
        check_trees(forest, tmp_path)


@pytest.mark.parametrize("kind", [RandomForestClassifier, GradientBoostingClassifier])
def test_trees_of_another_width_are_found(kind, tmp_path):
    model = kind(n_estimators=3).fit(X, Y)
    model.n_features_in_ = 2
    with pytest.raises(ModelError, match="2 features"):
        check_trees(model, tmp_path)


def test_structure_that_contains_itself_ends(tmp_path):
    model = _hist()
    model.self_ = [model]
    check_trees(model, tmp_path)
