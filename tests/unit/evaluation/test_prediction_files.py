from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulated_predictions import binormal, multiclass
from specweave.errors import DataError, StorageError
from specweave.evaluation.prediction_files import read_predictions
from specweave.metrics import score


def written(folder, suffix="csv", **columns):
    path = folder / f"vorher sagen.{suffix}"
    frame = pd.DataFrame(columns)
    frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path)
    return path


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_truth_and_score_of_two_classes(tmp_path, suffix):
    made = binormal(np.random.default_rng(0), 200, 1.0)
    path = written(tmp_path, suffix, y_true=(made.truth == "yes").astype(int), y_score=made.positive_scores)
    found = read_predictions(path)
    assert (found.task, found.positive, found.threshold) == ("binary", "1", 0.5)
    for name in ("roc_auc", "f1", "log_loss"):
        assert score(name, found) == pytest.approx(score(name, made), abs=1e-12)


def test_the_positive_class_and_threshold_may_be_named(tmp_path):
    path = written(tmp_path, truth=["bad", "good", "bad"], score=[0.6, 0.2, 0.9], row=[5, 6, 7])
    found = read_predictions(path, positive="bad", threshold=0.7)
    assert found.labels.tolist() == ["good", "good", "bad"]
    assert found.rows.tolist() == [5, 6, 7]


def test_numbers_are_a_regression(tmp_path):
    found = read_predictions(written(tmp_path, actual=[1.5, 2.5, 4.25], prediction=[1.0, 2.5, 4.0]))
    assert (found.task, score("mae", found)) == ("regression", 0.25)


def test_one_score_column_per_class(tmp_path):
    made = multiclass(np.random.default_rng(0), 300, 1.0)
    columns = {f"score_{name}": column for name, column in zip(made.classes, made.scores.T, strict=True)}
    found = read_predictions(written(tmp_path, truth=made.truth, **columns))
    assert found.task == "multiclass"
    assert score("roc_auc_ovr", found) == pytest.approx(score("roc_auc_ovr", made), abs=1e-12)
    assert (found.labels == made.labels).all()


def test_labels_alone_have_no_scores(tmp_path):
    found = read_predictions(written(tmp_path, truth=["a", "b", "c"], predicted=["a", "b", "b"]))
    assert (found.task, found.scores) == ("multiclass", None)


def test_our_own_file_is_read_as_it_was_saved(tmp_path):
    made = binormal(np.random.default_rng(0), 50, 1.0)
    assert score("roc_auc", read_predictions(made.save(tmp_path / "p.parquet"))) == score("roc_auc", made)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": [1, 2], "score": [0.1, 0.2]}, "no column with the truth"),
        ({"truth": [0, 1], "other": [0.1, 0.2]}, "neither a score nor a predicted label"),
        ({"truth": [0, 1], "score": [0.1, None]}, "gaps.*score: 1"),
        ({"truth": [0, 1], "score": [-3.0, 2.0]}, "outside 0 to 1"),
    ],
)
def test_a_file_that_cannot_be_judged_says_why(tmp_path, columns, message):
    with pytest.raises(DataError, match=message):
        read_predictions(written(tmp_path, **columns))


def test_a_named_column_must_exist(tmp_path):
    path = written(tmp_path, truth=[0, 1], score=[0.1, 0.2])
    with pytest.raises(DataError, match="No column by that name"):
        read_predictions(path, score="scores")
    with pytest.raises(DataError, match="positive class does not occur"):
        read_predictions(path, positive="maybe")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StorageError, match="nowhere"):
        read_predictions(tmp_path / "nowhere.parquet")
