import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import partial_dependence
from sklearn.linear_model import LinearRegression

from specweave.explanation.ale import local_effects
from specweave.explanation.dependence import dependence
from specweave.explanation.given_subject import given_subject
from specweave.explanation.interactions import interactions

RNG = np.random.default_rng(0)
N = 2_000
X = RNG.normal(size=N)
ROWS = pd.DataFrame(
    {
        "x": X,
        "twin": X + RNG.normal(0, 0.05, N),
        "free": RNG.normal(size=N),
        "colour": RNG.choice(["red", "blue"], N, p=[0.8, 0.2]),
    }
)


def additive(rows):
    return (rows["x"] ** 2 + 3 * (rows["colour"] == "red")).to_numpy()


def meeting(rows):
    return (rows["x"] * rows["free"] + rows["x"] + 0.2 * rows["twin"]).to_numpy()


def subject_of(answer, rows=ROWS):
    return given_subject(answer, rows, task="regression")


def test_dependence_is_the_average_answer_with_the_share_of_data_behind_it():
    x, colour = dependence(subject_of(additive), ["x", "colour"])
    assert sum(point.share for point in x.points) == pytest.approx(1)
    middle = min(x.points, key=lambda p: abs(p.at))
    assert middle.mean[0] == pytest.approx(middle.at**2 + 3 * 0.8, abs=0.2)
    assert len(middle.lines) == 40
    red, blue = colour.points
    assert (red.value, round(red.share, 1)) == ("red", 0.8)
    assert red.mean[0] - blue.mean[0] == pytest.approx(3)


def test_averages_are_those_of_scikit_learn():
    rows = ROWS[["x", "free"]]
    model = LinearRegression().fit(rows, additive(ROWS))
    subject = given_subject(model, rows, y_train=additive(ROWS))
    found = dependence(subject, ["x"])[0]
    used = rows.iloc[subject.sample(250)]
    theirs = partial_dependence(model, used, ["x"], custom_values={"x": np.array([p.at for p in found.points])})
    np.testing.assert_allclose([p.mean[0] for p in found.points], theirs["average"][0])


def test_missing_values_are_a_point_of_their_own_and_a_constant_says_why_not():
    rows = ROWS.assign(free=ROWS["free"].where(RNG.random(N) > 0.3), same=1.0)
    subject = given_subject(lambda given: given["free"].isna().to_numpy() * 1.0, rows, task="regression")
    free, same = dependence(subject, ["free", "same"])
    assert (free.points[-1].value, free.points[-1].mean) == ("missing", (1.0,))
    assert same.reason == "it has a single value"


def test_local_effects_stay_with_the_data_where_dependence_leaves_it():
    """The model is wild where x and its twin differ, which no row does."""

    def wild(rows):
        return (rows["x"] + 100 * np.maximum(np.abs(rows["x"] - rows["twin"]) - 0.5, 0)).to_numpy()

    subject = subject_of(wild)
    effects = local_effects(subject, [("x", "twin", 0.99), ("colour", "x", 0.0)])
    assert [one.column for one in effects] == ["x"]
    inner = slice(1, -1)
    got = np.array(effects[0].effects)[inner, 0]
    edges = np.array(effects[0].edges)[inner]
    np.testing.assert_allclose(got - np.median(got), edges - np.median(edges), atol=0.1)
    assert dependence(subject, ["x"])[0].span > 50
    middles = (np.array(effects[0].effects)[1:, 0] + np.array(effects[0].effects)[:-1, 0]) / 2
    assert float(np.dot(effects[0].shares, middles)) == pytest.approx(0, abs=1e-9)


def test_interactions_are_zero_where_columns_do_not_meet_and_found_where_they_do():
    assert max(one.strength for one in interactions(subject_of(additive), ["x", "colour", "free"])) < 1e-9
    found = interactions(subject_of(meeting), ["x", "free", "twin"])
    assert (found[0].first, found[0].second) == ("x", "free")
    assert found[0].strength == pytest.approx(1, abs=0.35)
    assert found[0].error > 0
    assert found[1].strength < 1e-9
