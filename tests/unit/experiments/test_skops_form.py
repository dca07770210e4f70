"""Written in one pass, the file is what skops writes, and the types are those skops names."""

from __future__ import annotations

import builtins
import zipfile
from io import BytesIO

import numpy as np
import pytest
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from specweave.experiments import skops_form

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 3))
Y = (X[:, 0] + RNG.normal(size=80) > 0).astype(int)

MODELS = {
    "linear": LogisticRegression().fit(X, Y),
    "words": LogisticRegression().fit(X, np.where(Y == 1, "yes", "no").astype(object)),
    "forest": RandomForestRegressor(n_estimators=3, random_state=0).fit(X, Y),
    "boosting": HistGradientBoostingClassifier(max_iter=5).fit(X, Y),
    "pipeline": make_pipeline(
        ColumnTransformer([("numbers", StandardScaler(), [0, 1]), ("codes", OneHotEncoder(), [2])]),
        LogisticRegression(),
    ).fit(np.column_stack([X[:, :2], Y]), Y),
}


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]


def parts(content):
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return sorted(name.rpartition(".")[2] for name in archive.namelist())


def test_file_and_types_are_those_of_skops(model):
    taken = skops_form.dumped(model)
    content = taken.content()
    assert taken.types == sorted(skops.io.get_untrusted_types(data=content))
    assert taken.types == sorted(skops.io.get_untrusted_types(data=skops.io.dumps(model)))
    assert parts(content) == parts(skops.io.dumps(model))


def test_a_reader_gets_the_same_model(model):
    taken = skops_form.dumped(model)
    loaded = skops.io.loads(taken.content(), trusted=taken.types)
    columns = np.column_stack([X[:, :2], Y]) if hasattr(model, "steps") else X
    assert np.array_equal(loaded.predict(columns), model.predict(columns))


def test_another_release_of_skops_is_asked_through_its_public_functions(model, monkeypatch):
    expected = skops_form.dumped(model)
    real = builtins.__import__

    def without_inner_parts(name, *rest):
        if name == "skops.io._audit":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_inner_parts)
    found = skops_form.dumped(model)
    assert found.types == expected.types
    assert parts(found.content()) == parts(expected.content())
