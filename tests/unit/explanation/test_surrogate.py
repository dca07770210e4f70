from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score
from sklearn.tree import DecisionTreeRegressor

from specweave.explanation.surrogate import surrogate


def made(n, seed):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 80, n),
            "job": rng.choice(["none", "part", "full"], n),
            "gap": np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
        }
    )


def rule(rows):
    return np.where((rows["age"] > 40) & (rows["job"] == "full"), 0.9, 0.2)


def answer(scores):
    return np.where(scores >= 0.5, "yes", "no")


def test_a_model_that_is_a_rule_is_found_exactly():
    found = surrogate(rule, answer, made(1000, 0), made(500, 1), columns=("age", "job", "gap"))
    assert found.r2 == pytest.approx(1)
    assert found.agreement == 1
    assert found.agreement_high == 1
    first = found.rules[0]
    assert {one.text for one in first.conditions} == {"age > 40.5", "job is full"}
    assert (first.answer, first.says) == ("yes", pytest.approx(0.9))
    assert sum(one.share for one in found.rules) == pytest.approx(1)
    assert all(one.disagreement in (0, None) for one in found.rules)


def test_fidelity_is_measured_on_the_rows_it_did_not_learn_from():
    rng = np.random.default_rng(0)
    learn, judge = made(300, 0), made(300, 1)

    def wild(rows):
        return np.random.default_rng(len(rows) + int(rows["age"].iloc[0])).random(len(rows))

    found = surrogate(wild, answer, learn, judge, columns=("age", "gap"))
    assert found.r2 < 0.1
    assert found.agreement < 0.65
    assert found.agreement_low < found.agreement < found.agreement_high
    assert found.n_judged == 300
    assert rng is not None


def test_a_missing_value_is_asked_for():
    found = surrogate(
        lambda rows: rows["gap"].isna().to_numpy(float), answer, made(500, 0), made(500, 1), columns=("age", "gap")
    )
    assert {one.conditions[0].text for one in found.rules} == {"gap is missing", "gap is known"}


def test_several_classes_have_a_probability_each():
    def scores(rows):
        old = (rows["age"] > 50).to_numpy(float)
        return np.column_stack([0.8 - 0.7 * old, 0.1 + 0.7 * old, np.full(len(rows), 0.1)])

    found = surrogate(
        scores,
        lambda p: np.array(["young", "old", "none"])[p.argmax(axis=1)],
        made(400, 0),
        made(400, 1),
        columns=("age", "job"),
        classes=("young", "old", "none"),
    )
    assert {one.answer for one in found.rules} == {"young", "old"}
    assert found.rules[0].says_classes.keys() == {"young", "old", "none"}
    assert found.r2 == pytest.approx(1)


def test_r2_is_that_of_scikit_learn_on_the_same_tree():
    learn, judge = made(800, 0), made(400, 1)

    def smooth(rows):
        return rows["age"].to_numpy(float) ** 1.5

    found = surrogate(smooth, None, learn, judge, columns=("age",))
    tree = DecisionTreeRegressor(max_leaf_nodes=8, min_samples_leaf=8, random_state=0).fit(
        learn[["age"]].to_numpy(float), smooth(learn)
    )
    assert found.r2 == pytest.approx(r2_score(smooth(judge), tree.predict(judge[["age"]].to_numpy(float))))
    assert found.agreement is None
    assert [one.says for one in found.rules] == sorted((one.says for one in found.rules), reverse=True)
