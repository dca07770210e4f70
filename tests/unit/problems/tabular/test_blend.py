import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from specweave.errors import DataError
from specweave.experiments.models import load_model, save_model
from specweave.metrics import Predictions
from specweave.problems.tabular.blend import Blend, mean_predictions


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    return pd.DataFrame(rng.normal(size=(60, 2)), columns=["a", "b"])


def test_probabilities_are_the_mean_over_members_even_of_different_classes(rows):
    three = np.array(["x", "y", "z"])[np.arange(60) % 3]
    first = LogisticRegression().fit(rows, three)
    second = LogisticRegression().fit(rows[three != "z"], three[three != "z"])
    blend = Blend([first, second])
    expected = first.predict_proba(rows)
    expected[:, :2] += second.predict_proba(rows)
    assert list(blend.classes_) == ["x", "y", "z"]
    assert np.allclose(blend.predict_proba(rows), expected / 2)
    assert list(blend.predict(rows)) == list(blend.classes_[expected.argmax(axis=1)])


def test_values_are_the_mean_and_no_probabilities_are_claimed(rows):
    models = [LinearRegression().fit(rows[["a", "b"]], rows["a"] * k) for k in (1, 3)]
    blend = Blend(models)
    assert np.allclose(blend.predict(rows), 2 * rows["a"])
    assert not hasattr(blend, "predict_proba")


def test_a_stored_blend_predicts_the_same(rows, tmp_path):
    blend = Blend([LogisticRegression(C=c).fit(rows, rows["a"] > 0) for c in (0.1, 1.0)])
    save_model(blend, tmp_path / "model.skops")
    assert np.array_equal(load_model(tmp_path / "model.skops").predict_proba(rows), blend.predict_proba(rows))


def test_predictions_are_averaged_row_by_row():
    def made(p):
        scores = np.column_stack([1 - np.array(p), p])
        return Predictions(
            "binary", ["n", "y"], ["n", "n"], scores=scores, classes=("n", "y"), positive="y", rows=[4, 7]
        )

    mean = mean_predictions([made([0.2, 0.5]), made([0.4, 0.9])])
    assert np.allclose(mean.positive_scores, [0.3, 0.7])
    assert list(mean.labels) == ["n", "y"]
    assert list(mean.rows) == [4, 7]


def test_members_must_speak_of_the_same_rows():
    parts = [Predictions("regression", [1.0], [1.0], rows=[row]) for row in (0, 1)]
    with pytest.raises(DataError, match="different rows"):
        mean_predictions(parts)
