"""Rows put together from the values of known rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from specweave.explanation.anatomy import anatomy
from specweave.explanation.by_value import by_value
from specweave.explanation.given_subject import given_subject
from specweave.explanation.mixing import Pool, pooled, takes_mixed
from specweave.problems.tabular.blend import Blend

RNG = np.random.default_rng(0)
N = 400
ROWS = pd.DataFrame(
    {
        "x": RNG.normal(size=N),
        "colour": RNG.choice(["red", "green", "blue"], N),
        "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 9, N), "D"),
    }
)
ANSWERS = np.where(ROWS["x"] + (ROWS["colour"] == "red") > 0.3, "yes", "no")


def piped(model):
    front = make_column_transformer(
        (StandardScaler(), ["x"]), (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["colour", "day"])
    )
    return make_pipeline(front, model).fit(ROWS, ANSWERS)


def a_mix(n=300):
    base, other = RNG.integers(0, N, n), RNG.integers(0, N, n)
    return Pool(ROWS).mixed(base, {"colour": other}), ROWS.iloc[base].assign(colour=ROWS["colour"].to_numpy()[other])


def test_the_table_has_each_value_where_it_belongs_in_its_type():
    mixed, expected = a_mix()
    pd.testing.assert_frame_equal(mixed.frame(), expected.reset_index(drop=True))
    pd.testing.assert_frame_equal(mixed.part(20, 50).frame(), expected[20:50].reset_index(drop=True))
    assert (len(mixed), len(mixed.part(20, 50))) == (300, 30)


def test_encoded_it_is_what_the_pipeline_makes_of_the_table():
    subject = given_subject(piped(LogisticRegression()), ROWS, y_train=ANSWERS)
    parts = anatomy(subject)
    mixed, expected = a_mix()
    np.testing.assert_array_equal(mixed.encoded(parts), parts.encode(expected))


@pytest.mark.parametrize("encoded", [True, False])
def test_a_subject_is_asked_about_mixed_rows_as_about_the_table(encoded, monkeypatch):
    monkeypatch.setattr("specweave.explanation.subject.CHUNK", 70)
    model = Blend([piped(LogisticRegression()), piped(HistGradientBoostingClassifier(max_iter=5))])
    subject = given_subject(model, ROWS, y_train=ANSWERS)
    asked = by_value(subject, model) if encoded else model
    assert takes_mixed(asked) is encoded
    mixed, expected = a_mix()
    np.testing.assert_allclose(subject.score(mixed, model=asked), subject.score(expected, model=model), atol=1e-12)


def test_rows_of_two_tables_keep_their_categories():
    first = pd.DataFrame({"c": pd.Categorical(["a", "b"])})
    second = pd.DataFrame({"c": pd.Categorical(["c", "b"])})
    rows = pooled(first, second).rows
    assert rows["c"].tolist() == ["a", "b", "c", "b"]
    assert isinstance(rows["c"].dtype, pd.CategoricalDtype)
