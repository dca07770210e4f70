"""Stored models predict exactly what they predicted; files that are not ours are refused before anything runs."""

from __future__ import annotations

import functools
import io
import json
import operator
import pickle
import zipfile

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

from datasets import dataset
from specweave.errors import MissingDependencyError, ModelError, StorageError
from specweave.experiments.models import load_model, save_model

NUMBERS = ["Pclass", "Age", "SibSp", "Parch", "Fare"]
REGRESSORS = ("hist_regressor", "ridge", "lightgbm_regressor")


@pytest.fixture(scope="module")
def titanic():
    frame = pd.read_csv(dataset("tabular/titanic.csv.gz"))
    return frame[[*NUMBERS, "Sex", "Embarked", "Cabin"]], frame["Survived"].map({0: "no", 1: "yes"})


def _columns():
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    categories = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=3)
    return ColumnTransformer(
        [
            ("numbers", numbers, NUMBERS),
            ("categories", categories, ["Sex", "Embarked"]),
            ("many", TargetEncoder(), ["Cabin"]),
            ("codes", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["Sex"]),
        ]
    )


def _lightgbm(name):
    lightgbm = pytest.importorskip("lightgbm")
    return getattr(lightgbm, name)(n_estimators=20, verbose=-1, n_jobs=1)


def _xgboost():
    return pytest.importorskip("xgboost").XGBClassifier(n_estimators=20, n_jobs=1)


FAMILIES = {
    "hist": lambda: HistGradientBoostingClassifier(max_iter=20),
    "hist_regressor": lambda: HistGradientBoostingRegressor(max_iter=20),
    "forest": lambda: RandomForestClassifier(20),
    "extra_trees": lambda: ExtraTreesClassifier(20),
    "logistic": lambda: LogisticRegression(max_iter=1000),
    "ridge": Ridge,
    "majority": lambda: DummyClassifier(strategy="prior"),
    "sigmoid": lambda: CalibratedClassifierCV(LogisticRegression(max_iter=1000), cv=3),
    "isotonic": lambda: CalibratedClassifierCV(RandomForestClassifier(10), method="isotonic", cv=3),
    "lightgbm": lambda: _lightgbm("LGBMClassifier"),
    "lightgbm_regressor": lambda: _lightgbm("LGBMRegressor"),
    "xgboost": _xgboost,
}


@pytest.mark.parametrize("family", FAMILIES)
# LightGBM hands scikit-learn a frame for an array it was fitted with.
@pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")
def test_pipeline_on_real_data_predicts_exactly_the_same_after_loading(family, titanic, tmp_path):
    X, y = titanic
    target = (y == "yes").astype(int) if family in REGRESSORS or family == "xgboost" else y
    model = make_pipeline(_columns(), FAMILIES[family]()).fit(X, target)
    stored = save_model(model, tmp_path / "Größe" / "model.skops", task="binary")
    loaded = load_model(tmp_path / "Größe" / "model.skops", sha256=stored["sha256"])
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    if family not in REGRESSORS:
        np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
        np.testing.assert_array_equal(loaded.classes_, model.classes_)


@pytest.fixture
def stored(tmp_path):
    X = np.arange(40.0).reshape(20, 2)
    model = HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=2).fit(X, np.arange(20) % 2)
    return tmp_path / "model.skops", save_model(model, tmp_path / "model.skops", task="binary", classes=["0", "1"])


def test_facts_of_a_stored_model(titanic, tmp_path):
    X, y = titanic
    facts = save_model(make_pipeline(_columns(), Ridge()).fit(X, y == "yes"), tmp_path / "m.skops", task="regression")
    assert facts["file"] == "m.skops"
    assert facts["format"] == "skops"
    assert facts["bytes"] == (tmp_path / "m.skops").stat().st_size
    assert facts["estimator"] == "sklearn.pipeline.Pipeline"
    assert facts["features"] == list(X.columns)
    assert facts["task"] == "regression"
    assert facts["types"] == ["numpy.dtype"]


def test_changed_file_is_not_opened(stored):
    path, facts = stored
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ModelError, match="sha256 differs"):
        load_model(path, sha256=facts["sha256"])


class Planted(BaseEstimator):
    """Would write a file when unpickled; stands for any foreign class."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('foreign code ran')",))


@pytest.mark.parametrize("content", [pickle.dumps(Planted()), b"", b"PK\x03\x04 torn", b"{}"])
def test_pickle_and_rubbish_are_refused_unread(tmp_path, content):
    (tmp_path / "model.skops").write_bytes(content)
    with pytest.raises(ModelError, match="no stored model in the safe format"):
        load_model(tmp_path / "model.skops")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(StorageError, match=r"none\.skops"):
        load_model(tmp_path / "none.skops")


class Own(BaseEstimator):
    def fit(self, X, y=None):
        return self


def _double(X):
    return 2 * X


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (Own(), "Own"),
        (FunctionTransformer(_double), "_double"),
        (FunctionTransformer(functools.partial(np.clip, a_min=0, a_max=1)), "functools.partial"),
        (FunctionTransformer(operator.methodcaller("tofile", "x")), "operator.methodcaller"),
        (FunctionTransformer(np.testing.assert_equal), "assert_equal"),
    ],
)
def test_foreign_type_is_named_and_neither_stored_nor_loaded(model, named, tmp_path):
    with pytest.raises(ModelError, match=named):
        save_model(model, tmp_path / "model.skops")
    assert not (tmp_path / "model.skops").exists()
    skops.io.dump(model, tmp_path / "made.skops")
    with pytest.raises(ModelError, match=named):
        load_model(tmp_path / "made.skops")


def test_lambda_cannot_be_stored_and_the_error_says_what_can(tmp_path):
    with pytest.raises(ModelError, match="lambda") as failure:
        save_model(FunctionTransformer(lambda X: X), tmp_path / "model.skops")
    assert "pickle" in failure.value.next_step


def test_method_of_a_trusted_object_is_refused(tmp_path):
    """A bound method in a file would be called at prediction, for example one that writes files."""
    booster = _lightgbm("LGBMClassifier").fit(np.arange(80.0).reshape(40, 2), np.arange(40) % 2).booster_
    skops.io.dump(FunctionTransformer(booster.save_model), tmp_path / "made.skops")
    with pytest.raises(ModelError, match="save_model"):
        load_model(tmp_path / "made.skops")


def _rewrite(path, change):
    """The file with its description changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["schema.json"] = change(members["schema.json"].decode()).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    path.write_bytes(buffer.getvalue())


def test_made_up_class_in_a_trusted_package_is_refused(stored):
    path, _ = stored
    old = '"__class__": "HistGradientBoostingClassifier",'
    _rewrite(path, lambda text: text.replace(old, '"__class__": "runstring",', 1))
    with pytest.raises(ModelError, match="runstring"):
        load_model(path)


@pytest.mark.parametrize(
    "change", [lambda text: "{}", lambda text: json.dumps({"a": 1}), lambda text: text[:200] + "}"]
)
def test_damaged_description_is_an_error_that_says_what_to_do(stored, change):
    path, _ = stored
    _rewrite(path, change)
    with pytest.raises(ModelError) as failure:
        load_model(path)
    assert failure.value.next_step


def test_tree_that_points_outside_is_refused(stored):
    path, _ = stored
    model = load_model(path)
    model._predictors[0][0].nodes["left"][0] = 10_000
    skops.io.dump(model, path)
    with pytest.raises(ModelError, match="outside its tree"):
        load_model(path)


def test_missing_skops_is_said_with_the_command(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "skops.io", None)
    monkeypatch.delattr("skops.io", raising=False)
    with pytest.raises(MissingDependencyError, match="pip install skops"):
        save_model(Ridge(), tmp_path / "model.skops")
