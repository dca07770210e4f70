import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

from specweave.explanation.anatomy import anatomy
from specweave.explanation.given_subject import given_subject
from specweave.problems.base import Column
from specweave.problems.tabular.encoding import for_linear, for_trees, pipeline

RNG = np.random.default_rng(0)
ROWS = pd.DataFrame(
    {
        "age": RNG.normal(40, 10, 400),
        "colour_of_hair": RNG.choice(["red", "brown", "age_red"], 400),
        "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 300, 400), unit="D"),
        "city": RNG.choice([f"c{i}" for i in range(40)], 400),
    }
)
ROWS.loc[::17, "age"] = np.nan
ANSWERS = np.where(ROWS["age"].fillna(40) + RNG.normal(0, 5, 400) > 40, "yes", "no")
COLUMNS = [
    Column("age", "number"),
    Column("colour_of_hair", "category"),
    Column("when", "date"),
    Column("city", "many"),
]


def owners(model, rows=ROWS):
    subject = given_subject(model.fit(rows, ANSWERS), rows, y_train=ANSWERS)
    found = anatomy(subject)
    return None if found is None else [subject.columns[place] for place in found.owner]


@pytest.mark.parametrize(
    "encoding", [for_trees(COLUMNS, "binary", 0, one_hot=True), for_linear(COLUMNS, "binary", 0, splines=True)]
)
def test_own_pipelines_lead_back_to_raw_columns(encoding):
    if any(name == "numbers" and step == "passthrough" for name, step, _ in encoding.transformers):
        encoding.set_params(numbers=SimpleImputer())
    found = owners(pipeline(COLUMNS, encoding, LogisticRegression(max_iter=2000)))
    assert set(found) == {"age", "colour_of_hair", "when", "city"}
    assert found.count("colour_of_hair") == 3


def test_ordinary_column_transformers_do_too_with_places_and_remainder():
    encoding = make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), [0]), (OneHotEncoder(), ["colour_of_hair"])
    )
    found = owners(make_pipeline(encoding, LogisticRegression()), ROWS[["age", "colour_of_hair"]])
    assert found == ["age", "age", *["colour_of_hair"] * 3]


@pytest.mark.parametrize("mixing", [PCA(2), PolynomialFeatures(2, include_bias=False), KNNImputer()])
def test_columns_made_of_several_raw_ones_have_no_owner(mixing):
    rows = pd.DataFrame(RNG.normal(size=(400, 2)), columns=["a", "b"])
    rows.iloc[::9, 0] = np.nan if isinstance(mixing, KNNImputer) else 0.0
    model = make_pipeline(mixing, LogisticRegression()).fit(rows, ANSWERS)
    assert anatomy(given_subject(model, rows, y_train=ANSWERS)) is None
