import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, OneHotEncoder, StandardScaler

from specweave.explanation.by_value import ByValue, by_value
from specweave.explanation.given_subject import given_subject
from specweave.problems.tabular.blend import Blend

RNG = np.random.default_rng(0)
N = 900
ROWS = pd.DataFrame(
    {
        "x": np.where(RNG.random(N) < 0.2, np.nan, RNG.normal(size=N).round(1)),
        "colour": RNG.choice(["red", "green", None], N),
        "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 90, N), "D"),
        "on": RNG.random(N) < 0.5,
    }
)
ANSWERS = np.where((ROWS["x"].fillna(0) > 0) | ROWS["on"], "yes", "no")


def piped(model):
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    front = make_column_transformer((numbers, ["x", "on"]), (OneHotEncoder(handle_unknown="ignore"), ["colour", "day"]))
    return make_pipeline(front, model)


def counted(monkeypatch, quick):
    """Rows the pipeline itself has to encode from now on."""
    seen = []
    parts = quick._memory._parts
    encode = parts.encode
    monkeypatch.setitem(vars(parts), "encode", lambda rows: seen.append(len(rows)) or encode(rows))
    return seen


@pytest.mark.parametrize("n", [1, 40, 900, 5_000])
def test_it_answers_as_the_model_does_for_rows_of_mixed_values(n):
    model = piped(LogisticRegression()).fit(ROWS, ANSWERS)
    subject = given_subject(model, ROWS, y_train=ANSWERS)
    quick = by_value(subject, model)
    assert isinstance(quick, ByValue)
    mixed = pd.DataFrame({name: ROWS[name].array.take(RNG.integers(0, N, n)) for name in ROWS})
    for _ in range(2):
        np.testing.assert_allclose(quick.predict_proba(mixed), model.predict_proba(mixed), atol=1e-12)
    assert quick.classes_.tolist() == ["no", "yes"]


def test_a_value_is_encoded_once(monkeypatch):
    model = piped(LogisticRegression()).fit(ROWS, ANSWERS)
    quick = by_value(given_subject(model, ROWS, y_train=ANSWERS), model)
    seen = counted(monkeypatch, quick)
    large = ROWS.iloc[RNG.integers(0, N, 20_000)].reset_index(drop=True)
    quick.predict_proba(large)
    quick.predict_proba(large)
    quick.predict_proba(large.iloc[:50])
    assert sum(seen) < 150


def test_members_of_a_blend_are_asked_by_values_and_mixing_preprocessing_is_left_alone():
    members = [piped(m).fit(ROWS, ANSWERS) for m in (LogisticRegression(), RandomForestClassifier(5, random_state=0))]
    blend = Blend(members)
    subject = given_subject(blend, ROWS, y_train=ANSWERS)
    quick = by_value(subject, blend)
    assert all(isinstance(one, ByValue) for one in quick.models)
    np.testing.assert_allclose(quick.predict_proba(ROWS), blend.predict_proba(ROWS), atol=1e-12)
    numbers = ROWS[["x", "on"]].fillna(0).astype(float)
    mixing = make_pipeline(Normalizer(), LogisticRegression()).fit(numbers, ANSWERS)
    assert by_value(given_subject(mixing, numbers, y_train=ANSWERS), mixing) is mixing


def test_a_regression_is_asked_by_values_too():
    model = piped(LinearRegression()).fit(ROWS, ROWS["on"].astype(float))
    quick = by_value(given_subject(model, ROWS, y_train=ROWS["on"].astype(float)), model)
    np.testing.assert_allclose(quick.predict(ROWS), model.predict(ROWS), atol=1e-12)
