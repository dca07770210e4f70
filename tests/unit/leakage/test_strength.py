from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, r2_score

from specweave.leakage import Material
from specweave.leakage.strength import category_strength, column_strength, number_strength, strength_of


def regression(x, y):
    return Material(pd.DataFrame({"x": x, "y": y}), "y", task="regression")


@pytest.mark.parametrize("function", [np.sin, np.square, np.exp, np.sign, lambda x: 3 * x])
def test_any_function_of_a_number_is_found(function):
    x = np.random.default_rng(0).uniform(-3, 3, 2000)
    assert column_strength(regression(x, function(x)), "x").skill > 0.99


def test_r_squared_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    material = regression(rng.normal(size=500), rng.normal(size=500))
    predictions = rng.normal(size=500)
    assert strength_of(material, predictions).skill == pytest.approx(r2_score(material.y, predictions))


def test_skill_is_the_share_of_the_majoritys_errors_removed():
    rng = np.random.default_rng(0)
    y = (rng.random(1000) < 0.3).astype(int)
    material = Material(pd.DataFrame({"x": rng.normal(size=1000), "y": y}), "y", task="binary")
    shares = rng.random((1000, 2))
    wrong = 1 - accuracy_score(y, shares.argmax(axis=1))
    assert strength_of(material, shares).skill == pytest.approx(1 - wrong / y.mean())


def test_a_useless_column_has_no_skill():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"x": rng.normal(size=1000), "c": rng.choice(list("abc"), 1000), "y": rng.integers(0, 2, 1000)}
    )
    material = Material(frame, "y", task="binary")
    assert column_strength(material, "x").skill < 0.1
    assert column_strength(material, "c").explained < 0.05


def test_a_unique_code_tells_nothing_about_rows_not_seen():
    y = np.random.default_rng(0).integers(0, 2, 400)
    material = Material(pd.DataFrame({"code": [f"{i}" for i in range(400)], "y": y}), "y", task="binary")
    assert category_strength(material, material.codes("code")).skill <= 0.05


def test_ids_above_sixteen_million_keep_their_differences():
    y = np.arange(400) // 200
    material = Material(pd.DataFrame({"x": 2**40 + np.arange(400), "y": y}), "y", task="binary")
    assert column_strength(material, "x").skill > 0.98


def test_missing_values_stand_apart():
    y = np.arange(400) % 2
    x = np.where(y == 1, np.nan, np.random.default_rng(0).normal(size=400))
    for task in ("binary", "regression"):
        material = Material(pd.DataFrame({"x": x, "y": y}), "y", task=task)
        assert number_strength(material, x).skill > 0.95
