"""Pipelines a user built with scikit-learn alone: exported whole, or told why not."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import LinearSVC

import exported_models as made
from specweave.deployment.export import exporting
from specweave.deployment.export.exporting import onnx_bytes, run
from specweave.deployment.export.limits import with_limits

NUMBERS, CATEGORIES = ["a", "whole number"], ["class", "many"]
ONE_HOT = {"handle_unknown": "ignore", "sparse_output": False}


def prepared(categories=None, numbers=None):
    """Numbers and categories side by side; dates are left out."""
    filled = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(**ONE_HOT))
    return make_column_transformer(
        (numbers or make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
        (categories or filled, CATEGORIES),
    )


def codes():
    return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=np.nan)


def boosted(kind, **facts):
    """Boosting that splits on sets of categories: the first two columns are codes."""
    first = make_column_transformer((codes(), CATEGORIES), ("passthrough", NUMBERS))
    return make_pipeline(first, kind(categorical_features=[0, 1], max_iter=15, random_state=0, **facts))


CLASSIFIERS = {
    "logistic": lambda: make_pipeline(prepared(), LogisticRegression(max_iter=500)),
    "refusing encoder": lambda: make_pipeline(
        prepared(make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder())),
        LogisticRegression(max_iter=500),
    ),
    "filled numbers and texts": lambda: make_pipeline(
        make_column_transformer(
            (
                make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(**ONE_HOT)),
                ["whole number", *CATEGORIES],
            )
        ),
        LogisticRegression(max_iter=500),
    ),
    "target means": lambda: make_pipeline(prepared(TargetEncoder()), LogisticRegression(max_iter=500)),
    "categories of numbers": lambda: make_pipeline(
        make_column_transformer((OneHotEncoder(**ONE_HOT), ["whole number", "class"])), LogisticRegression(max_iter=500)
    ),
    "forest": lambda: make_pipeline(prepared(codes()), RandomForestClassifier(15, random_state=0)),
    "gradient boosting": lambda: make_pipeline(prepared(), GradientBoostingClassifier(n_estimators=10, random_state=0)),
    "sets of categories": lambda: boosted(HistGradientBoostingClassifier),
    "sigmoid": lambda: CalibratedClassifierCV(
        make_pipeline(prepared(), RandomForestClassifier(9, random_state=0)), cv=3
    ),
    "isotonic": lambda: CalibratedClassifierCV(
        make_pipeline(prepared(), RandomForestClassifier(9, random_state=0)), method="isotonic", cv=3
    ),
    "isotonic boosting": lambda: CalibratedClassifierCV(
        boosted(HistGradientBoostingClassifier), method="isotonic", cv=3
    ),
    "temperature": lambda: CalibratedClassifierCV(
        make_pipeline(prepared(), LogisticRegression(max_iter=500)), method="temperature", cv=3
    ),
    "temperature of probabilities": lambda: CalibratedClassifierCV(
        make_pipeline(prepared(), RandomForestClassifier(9, random_state=0)), method="temperature", cv=3
    ),
    "calibrated machine": lambda: CalibratedClassifierCV(make_pipeline(prepared(), LinearSVC(random_state=0)), cv=3),
    "vote": lambda: VotingClassifier(
        [
            ("l", make_pipeline(prepared(), LogisticRegression(max_iter=500))),
            ("h", boosted(HistGradientBoostingClassifier)),
        ],
        voting="soft",
        weights=[1, 3],
    ),
    "search": lambda: GridSearchCV(
        make_pipeline(prepared(), LogisticRegression(max_iter=500)), {"logisticregression__C": [0.1, 1]}, cv=2
    ),
    "chosen and turned": lambda: make_pipeline(
        prepared(numbers=make_pipeline(SimpleImputer(), MinMaxScaler(), PCA(2, whiten=True))),
        SelectKBest(k=5),
        LogisticRegression(max_iter=500),
    ),
}
REGRESSIONS = {
    "ridge": lambda: make_pipeline(prepared(numbers=make_pipeline(SimpleImputer(), RobustScaler())), Ridge()),
    "sets of categories": lambda: boosted(HistGradientBoostingRegressor, loss="absolute_error"),
    "gradient boosting": lambda: make_pipeline(
        prepared(numbers=make_pipeline(SimpleImputer(), MaxAbsScaler())), GradientBoostingRegressor(n_estimators=10)
    ),
    "vote": lambda: VotingRegressor(
        [("l", make_pipeline(prepared(), LinearRegression())), ("r", make_pipeline(prepared(), Ridge()))]
    ),
}
CASES = [
    *[("binary", name, make) for name, make in CLASSIFIERS.items()],
    *[("multiclass", name, make) for name, make in CLASSIFIERS.items()],
    *[("regression", name, make) for name, make in REGRESSIONS.items()],
]


def signed(task, model):
    record, X = made.recorded(task, "own", model=model, threshold=0.3 if task == "binary" else None)
    X = X.drop(columns="wann")
    signature = made.signature_of(record, X)
    return record, X, with_limits(signature, X, lambda rows: exporting._original(signature, record, rows))


@pytest.mark.parametrize(("task", "name", "make"), CASES, ids=[f"{task}-{name}" for task, name, _ in CASES])
def test_a_pipeline_of_ones_own_answers_as_the_original(task, name, make):
    X, y = made.table(task)
    record, X, signature = signed(task, make().fit(X.drop(columns="wann"), y))
    found = exporting.equality(onnx_bytes(record.model, signature), signature, record, X)
    assert found.equal, found
    # scikit-learn takes the logarithm of a probability that may be 0.
    assert found.max_difference < (1e-5 if name == "temperature of probabilities" else 1e-9)
    assert found.edge_rows >= 2 * len(X.columns)


def test_what_the_model_raises_an_error_for_is_marked():
    X, y = made.table("binary")
    X = X.drop(columns="wann").assign(a=X["a"].fillna(0.0))
    strict = make_column_transformer((StandardScaler(), NUMBERS), (OneHotEncoder(), CATEGORIES))
    _, _, signature = signed("binary", make_pipeline(strict, LogisticRegression(max_iter=500)).fit(X, y))
    found = {column.name: (column.required, column.closed) for column in signature.columns}
    assert found == {"a": (True, False), "whole number": (True, False), "class": (False, True), "many": (True, True)}


def test_splits_on_sets_of_categories_are_there_and_matter():
    X, y = made.table("binary")
    record, X, signature = signed("binary", boosted(HistGradientBoostingClassifier).fit(X.drop(columns="wann"), y))
    nodes = np.concatenate([p.nodes for step in record.model[-1]._predictors for p in step])
    assert nodes["is_categorical"].sum() > 20
    swapped = X.assign(**{"class": X["class"].map({"x": "y", "y": "x"})})
    content = onnx_bytes(record.model, signature)
    moved = np.abs(run(content, signature, X)[0] - run(content, signature, swapped)[0])
    assert moved.max() > 0.05


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (lambda: make_pipeline(prepared(), KNeighborsClassifier()), "KNeighborsClassifier"),
        (
            lambda: VotingClassifier([("l", make_pipeline(prepared(), LogisticRegression()))], voting="hard"),
            "vote of labels",
        ),
    ],
)
def test_what_has_no_translation_is_named(model, named):
    X, y = made.table("binary")
    X = X.drop(columns="wann")
    fitted = model().fit(X, y)
    record, X = made.recorded("binary", "own", model=fitted)
    with pytest.raises(NotImplementedError, match=named):
        onnx_bytes(fitted, made.signature_of(record, X.drop(columns="wann")))


def test_the_columns_of_a_selector_are_found():
    X, y = made.table("regression")
    first = make_column_transformer((SimpleImputer(), make_column_selector(dtype_include="number")), remainder="drop")
    record, X, signature = signed("regression", make_pipeline(first, Ridge()).fit(X.drop(columns="wann"), y))
    assert exporting.equality(onnx_bytes(record.model, signature), signature, record, X).equal
