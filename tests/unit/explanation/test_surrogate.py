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


def holds(condition, rows):
    """A printed condition taken at its word."""
    values, text = rows[condition.column], condition.text.removeprefix(f"{condition.column} ")
    if text in ("is missing", "is known"):
        return values.isna() == (text == "is missing")
    if text.startswith(("> ", "≤ ")):
        cut = float(text[2:].removesuffix(" or missing"))
        return ((values > cut) if text[0] == ">" else (values <= cut)) | (text.endswith("or missing") & values.isna())
    return (values == text.removeprefix("is ").removeprefix("not ")) != text.startswith("is not ")


def test_the_printed_rules_give_the_answers_and_the_fidelity_that_are_told():
    """Each row falls in one rule, also where a number is missing."""

    def scores(rows):
        late = rows["gap"].fillna(0.4).to_numpy(float)
        return 1 / (1 + np.exp(-(2 * late + 0.04 * (rows["age"].to_numpy(float) - 50) + (rows["job"] == "full"))))

    judge = made(700, 1)
    found = surrogate(scores, answer, made(900, 0), judge, columns=("age", "job", "gap"))
    inside = np.column_stack([np.logical_and.reduce([holds(c, judge) for c in r.conditions]) for r in found.rules])
    assert (inside.sum(axis=1) == 1).all()
    said = np.array([rule.answer for rule in found.rules])[inside.argmax(axis=1)]
    assert (said == answer(scores(judge))).mean() == found.agreement
    assert inside.mean(axis=0) == pytest.approx([rule.share for rule in found.rules])
    assert any(c.text.endswith("or missing") for r in found.rules for c in r.conditions)
    assert not any("age" in c.text and "missing" in c.text for r in found.rules for c in r.conditions)


@pytest.mark.parametrize("step", ["1D", "7h"])
def test_dates_are_cut_as_dates(step):
    def rows(seed):
        drawn = np.random.default_rng(seed).permutation(800) % 400
        return pd.DataFrame({"day": pd.Timestamp("2024-01-01") + drawn * pd.Timedelta(step)})

    edge = pd.Timestamp("2024-01-01") + 100 * pd.Timedelta(step)
    found = surrogate(lambda r: (r["day"] > edge).to_numpy(float), answer, rows(0), rows(1), columns=("day",))
    assert found.agreement > 0.98
    (above, below) = (rule.conditions[0].text for rule in found.rules)
    assert above.startswith("day > 2024-")
    for text in (above, below):
        assert abs(pd.Timestamp(text[6:]) - edge) <= 2 * pd.Timedelta(step)
    if step == "1D":
        assert above == f"day > {edge.date()}"


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
