from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from made_tables import made
from specweave.data import seal
from specweave.deployment.monitoring.monitor import Monitor, bins_of
from specweave.deployment.monitoring.reference import (
    Reference,
    profiled,
    profiled_numbers,
    reference_of,
    watched_scores,
    write_reference,
)
from specweave.evaluation.choice import chosen_experiment
from specweave.evaluation.recorded_model import load_recorded
from specweave.metrics import Predictions
from trained_increments import add_experiment, sealed_increment


def increment(workspace, task="binary", **changes):
    frame = made(400, task=task)[["size", "colour", "town", "y"]]
    positive = "yes" if task == "binary" else None
    folder, problem = sealed_increment(workspace, frame, "y", task, positive=positive)
    add_experiment(folder, problem, "linear", "candidate", **changes)
    record = chosen_experiment(folder, problem, None)
    return folder, record, load_recorded(record, problem, "y")


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_profiles_training_rows_and_out_of_fold_scores(workspace, task):
    folder, record, model = increment(workspace, task)
    found = reference_of(folder, record, model)
    rows = seal.training_rows(folder)
    assert found.rows == len(rows) == 320
    assert set(found.columns) == {"size", "colour", "town"}
    assert found.columns["size"].missing == rows["size"].isna().sum()
    assert found.scores_from == "out-of-fold"
    assert sum(found.score.counts) == len(rows)
    assert (found.label is None) == (task == "regression")


def test_reads_no_sealed_row(workspace):
    folder, record, model = increment(workspace)
    (folder.data / seal.read_seal(folder).test.file).unlink()
    reference_of(folder, record, model)
    assert seal.looks(folder) == []


def test_scores_training_rows_only_when_cross_validation_left_none(workspace):
    folder, record, model = increment(workspace)
    (record.path / "predictions.parquet").unlink()
    found = reference_of(folder, record, model)
    assert found.scores_from == "training rows"
    assert sum(found.label.counts) == found.rows


def test_survives_the_way_through_json(workspace, tmp_path):
    folder, record, model = increment(workspace)
    found = reference_of(folder, record, model)
    path = write_reference(tmp_path / "reference.json", found)
    assert Reference.model_validate_json(path.read_text("utf-8")) == found
    assert path.stat().st_size < 30_000
    assert Monitor(path).facts()["rows"] == 0


def test_training_rows_fall_where_the_profile_counted_them():
    for values in (made(500)[name] for name in ("size", "colour", "town", "when", "member")):
        one = bins_of(profiled(values).model_dump(mode="json"))
        listed = values.astype(object).where(values.notna(), None).tolist()
        counted = np.bincount(one.codes(listed), minlength=len(one.reference))
        # The rows expected to be of new categories are among the rare ones here.
        if one.unknown is not None:
            counted[one.unknown - 1 : one.unknown + 1] = [*one.reference[one.unknown - 1 : one.unknown + 1]]
        assert counted.tolist() == one.reference.tolist()


@pytest.mark.parametrize("dtype", ["int64", "Int64", "float32", "Float64"])
def test_few_numbers_have_a_bin_each(dtype):
    found = profiled(pd.Series([3, 1, 1, 2, 3, 3], dtype=dtype))
    assert (found.edges[:3], found.counts) == ((1.0, 2.0, 3.0), (0, 2, 1, 3, 0))


def test_many_numbers_have_bins_of_equal_counts():
    found = profiled_numbers(np.random.default_rng(0).normal(size=10_000))
    assert len(found.edges) == 51
    assert (found.counts[0], found.counts[-1]) == (0, 0)
    assert set(found.counts[1:-1]) <= {199, 200, 201}


@pytest.mark.parametrize("values", [[np.nan, np.nan], [np.inf, np.nan]])
def test_a_column_without_numbers_is_all_missing(values):
    found = profiled(pd.Series(values))
    assert (found.edges, found.missing) == ((), 2)
    assert bins_of(found.model_dump()).codes([1.0, None]).tolist() == [0, 1]


def test_scores_watched_are_those_of_the_predicted_class_when_there_are_many():
    scores = np.array([[0.2, 0.5, 0.3], [0.7, 0.2, 0.1]])
    answers = Predictions("multiclass", ["a", "b"], ["b", "a"], scores=scores, classes=("a", "b", "c"))
    assert watched_scores(answers).tolist() == [0.5, 0.7]
    assert watched_scores(Predictions("binary", ["a", "b"], ["a", "b"], classes=("a", "b"), positive="b")) is None
