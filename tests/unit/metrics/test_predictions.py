from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from simulated_predictions import binormal, regression
from specweave.errors import DataError, ModelError, StorageError
from specweave.metrics import Predictions, as_labels


def _same(a, b):
    for name in ("truth", "labels", "scores", "rows", "folds"):
        x, y = getattr(a, name), getattr(b, name)
        assert (x is None and y is None) or np.array_equal(x, y), name
    assert (a.task, a.classes, a.positive, a.threshold) == (b.task, b.classes, b.positive, b.threshold)


def test_what_was_saved_is_loaded(tmp_path):
    made = binormal(np.random.default_rng(0), 50, 1.0)
    kept = Predictions(
        "binary",
        made.truth,
        made.labels,
        made.scores,
        made.classes,
        "yes",
        rows=np.arange(50) * 3,
        folds=np.arange(50) % 5,
        threshold=0.37,
    )
    _same(kept, Predictions.load(kept.save(tmp_path / "ä b" / "p.parquet")))


def test_regression_and_missing_scores_survive_saving(tmp_path):
    for made in (
        regression(np.random.default_rng(0), 20),
        Predictions("multiclass", ["a", "b", "ü"], ["a", "b", "b"]),
    ):
        _same(made, Predictions.load(made.save(tmp_path / "p.parquet")))


def test_equal_predictions_give_equal_files(tmp_path):
    made = binormal(np.random.default_rng(0), 50, 1.0)
    first, second = made.save(tmp_path / "1.parquet"), made.save(tmp_path / "2.parquet")
    assert first.read_bytes() == second.read_bytes()


def test_another_file_is_not_taken_for_predictions(tmp_path):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "table.parquet")
    (tmp_path / "text.parquet").write_text("no")
    for name in ("table", "text", "absent"):
        with pytest.raises(StorageError):
            Predictions.load(tmp_path / f"{name}.parquet")


@pytest.mark.parametrize(
    "values", [[1, 0], [1.0, 0.0], ["1", "0"], pd.Series([1.0, 0.0]), pd.Series(["1", "0"], dtype="category")]
)
def test_labels_are_the_same_text_however_they_were_stored(values):
    assert as_labels(values).tolist() == ["1", "0"]


def test_booleans_and_fractions_keep_their_names():
    assert as_labels([True, False]).tolist() == ["True", "False"]
    assert as_labels([0.5, 1.0]).tolist() == ["0.5", "1"]


@pytest.mark.parametrize("values", [[1.0, None], [1.0, float("nan")], pd.Series(["a", None])])
def test_a_missing_label_is_refused(values):
    with pytest.raises(DataError, match="label is missing"):
        as_labels(values)


def test_from_model_orders_probabilities_and_obeys_the_threshold():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    y = np.where(X[:, 0] + rng.normal(size=200) > 0, 1, 0)
    model = LogisticRegression().fit(X, y)
    made = Predictions.from_model(
        model, X, y, task="binary", classes=("1", "0"), positive="1", threshold=0.8, rows=np.arange(200)
    )
    assert np.allclose(made.positive_scores, model.predict_proba(X)[:, 1])
    assert np.array_equal(made.labels == "1", model.predict_proba(X)[:, 1] >= 0.8)
    assert made.threshold == 0.8
    free = Predictions.from_model(model, X, y, task="binary", positive="1")
    assert free.classes == ("0", "1")
    assert free.labels.tolist() == [str(v) for v in model.predict(X)]


def test_a_class_the_model_never_saw_gets_probability_zero():
    X, y = np.eye(4), np.array(["a", "a", "b", "b"])
    model = LogisticRegression().fit(X, y)
    made = Predictions.from_model(model, X, ["a", "a", "b", "c"], task="multiclass", classes=("a", "b", "c"))
    assert (made.scores[:, 2] == 0).all()


def test_models_without_probabilities_and_regressors_work():
    X, y = np.eye(4), np.array(["a", "a", "b", "b"])
    assert Predictions.from_model(LinearSVC().fit(X, y), X, y, task="binary", positive="b").scores is None
    made = Predictions.from_model(DummyRegressor().fit(X, [1, 2, 3, 4]), X, [1, 2, 3, 4], task="regression")
    assert made.labels.tolist() == [2.5] * 4


def test_a_model_that_cannot_predict_is_a_model_error():
    model = LogisticRegression().fit(np.eye(4), [0, 0, 1, 1])
    with pytest.raises(ModelError, match="cannot predict these rows"):
        Predictions.from_model(model, np.eye(3), [0, 0, 1], task="binary", positive="1")


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"labels": ["a"]}, "differ in length"),
        ({"labels": ["a", "c"]}, "not among the classes"),
        ({"positive": "z"}, "positive class"),
        ({"scores": [[1.0], [1.0]]}, "one column per class"),
        ({"scores": [[np.nan, 1.0], [0.0, 1.0]]}, "not finite"),
        ({"classes": ("a", "b", "c")}, "two classes"),
    ],
)
def test_parts_that_do_not_fit_are_refused(facts, message):
    with pytest.raises(DataError, match=message):
        Predictions(
            **{
                "task": "binary",
                "truth": ["a", "b"],
                "labels": ["a", "b"],
                "classes": ("a", "b"),
                "positive": "b",
                **facts,
            }
        )


def test_missing_numbers_are_refused():
    with pytest.raises(DataError, match="missing or not finite"):
        Predictions("regression", [1.0, np.nan], [1.0, 1.0])


def test_rows_can_be_taken_and_the_threshold_moved():
    made = binormal(np.random.default_rng(0), 50, 1.0)
    assert np.array_equal(made.take(np.array([3, 1])).truth, made.truth[[3, 1]])
    assert (made.at_threshold(0.0).labels == "yes").all()
    assert made.at_threshold(0.4).threshold == 0.4
    with pytest.raises(DataError, match="probabilities of a binary problem"):
        regression(np.random.default_rng(0), 5).at_threshold(0.5)
