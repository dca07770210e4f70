from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.leakage.partition import held_out_by

SIDES = ["train", "Test ", "TRAIN", "validation"]


@pytest.mark.parametrize("name", ["split", "dataSplit", "which_set", "Partition"])
def test_texts_of_a_column_named_like_a_split_tell_the_held_out_rows(name):
    held_out = held_out_by(name, pd.Series(SIDES))
    assert held_out is not None
    assert held_out.tolist() == [False, True, False, True]


@pytest.mark.parametrize(("name", "expected"), [("is_test", [True, False]), ("isTrain", [False, True])])
def test_a_flag_tells_them_by_its_name(name, expected):
    held_out = held_out_by(name, pd.Series([True, False]))
    assert held_out is not None
    assert held_out.tolist() == expected


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("station", SIDES),
        ("split", ["train", "bus"]),
        ("split", ["test", "test"]),
        ("split", [0, 1]),
        ("is_train", [1, 0]),
        ("is_train", pd.array([True, None], dtype="boolean")),
        ("set", [np.nan, "train"]),
    ],
)
def test_other_names_and_values_tell_nothing(name, values):
    assert held_out_by(name, pd.Series(values)) is None
