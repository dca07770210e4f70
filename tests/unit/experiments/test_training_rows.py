from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import increment_factory as made
from specweave.errors import ExperimentError
from specweave.experiments import create_experiment
from specweave.experiments.training_rows import FACTS, MARKS, log_rows, read_marks, row_marks


def marks(frame):
    return row_marks({name: frame[name].tolist() for name in frame.columns})


def test_equal_rows_have_equal_marks_whatever_the_types_and_the_order_of_columns():
    one = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": [True, False]})
    other = pd.DataFrame({"c": [1.0, 0.0], "b": pd.array(["x", pd.NA], dtype="string"), "a": [1.0, 2.0]})
    assert marks(one) == marks(other)


@pytest.mark.parametrize("change", [{"a": [1, 3]}, {"b": ["x", ""]}, {"b": ["x", "nan"]}])
def test_another_value_gives_another_mark(change):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    assert marks(frame)[:8] == marks(frame.assign(**change))[:8]
    assert marks(frame)[8:] != marks(frame.assign(**change))[8:]


def test_the_same_values_in_other_columns_are_other_rows():
    assert row_marks({"a": [1], "b": [2]}) != row_marks({"a": [2], "b": [1]})
    assert row_marks({"a": ["1\x1f2"]}) != row_marks({"a": ["1"], "b": ["2"]})


def test_large_whole_numbers_are_told_apart():
    assert row_marks({"a": [2**60]}) != row_marks({"a": [2**60 + 1]})
    assert row_marks({"a": [2.0**60]}) == row_marks({"a": [2**60]})


def test_a_record_keeps_marks_and_no_value(workspace):
    experiment = create_experiment(made.increment(workspace), "mine", kind="script")
    experiment.log_training_rows(pd.DataFrame({"name": ["Ada Lovelace", "Alan Turing"], "age": [36, 41]}))
    experiment.finish()
    assert experiment.metadata["training_rows"]["rows"] == 2
    columns, kept = read_marks(experiment.path)
    assert columns == ["age", "name"]
    assert len(kept) == 16
    written = b"".join(path.read_bytes() for path in experiment.path.rglob("training-rows*"))
    assert b"Ada" not in written


def test_a_mapping_will_do_and_a_matrix_will_not(tmp_path):
    assert log_rows(tmp_path, {"a": np.array([1, 2])})["rows"] == 2
    with pytest.raises(ExperimentError, match="no named columns"):
        log_rows(tmp_path, np.zeros((2, 2)))


def test_no_marks_is_none_and_changed_marks_are_named(tmp_path):
    assert read_marks(tmp_path) is None
    log_rows(tmp_path, {"a": [1, 2]})
    (tmp_path / MARKS).write_bytes(b"0" * 16)
    with pytest.raises(ExperimentError, match="damaged or were changed"):
        read_marks(tmp_path)
    (tmp_path / MARKS).unlink()
    with pytest.raises(ExperimentError, match=FACTS):
        read_marks(tmp_path)
