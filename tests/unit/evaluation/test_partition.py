from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.evaluation.partition import partition


def column(values):
    return pd.Series(values, name="x")


def test_texts_are_cut_by_value_and_the_missing_stand_apart():
    cut = partition(column(["a", "b", None] * 40))
    assert set(cut.names) == {"x = a", "x = b", "x = missing"}
    assert [cut.mask(at).sum() for at in range(3)] == [40, 40, 40]


def test_numbers_are_cut_into_quarters_named_by_their_ends():
    cut = partition(column(np.arange(1, 101)))
    assert cut.names == ("x from 1 to 25", "x from 26 to 50", "x from 51 to 75", "x from 76 to 100")
    assert np.array_equal(np.bincount(cut.codes), [25, 25, 25, 25])


def test_a_value_that_fills_a_quarter_is_named_once():
    assert partition(column([0] * 60 + list(range(1, 41)))).names == ("x = 0", "x from 1 to 15", "x from 16 to 40")


@pytest.mark.parametrize("values", [[0, 1, 2] * 20, [0.0, 1.0, np.nan] * 20, [True, False, True] * 20])
def test_codes_and_booleans_are_cut_by_value(values):
    assert all(" = " in name for name in partition(column(values)).names)


def test_dates_are_cut_into_quarters():
    cut = partition(column(pd.date_range("2024-01-01", periods=100)))
    assert cut.names[0] == "x from 2024-01-01 to 2024-01-25"


def test_missing_numbers_are_a_part_of_their_own():
    cut = partition(column([np.nan] * 10 + list(range(90))))
    assert cut.names[-1] == "x = missing"
    assert cut.mask(4).sum() == 10


def test_rare_values_are_left_out_by_name_of_their_number():
    cut = partition(column(["often"] * 50 + ["too"] * 40 + [f"rare {at}" for at in range(30)]))
    assert cut.names == ("x = often", "x = too")
    assert cut.note == "30 rarer values were not looked at"
    assert (cut.codes == -1).sum() == 30


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([None] * 5, "it has no values"),
        (["same"] * 50, "it has one value"),
        ([f"name {at}" for at in range(200)], "none of its 200 values has 30 rows"),
    ],
)
def test_a_column_that_cannot_be_cut_says_why(values, reason):
    cut = partition(column(values))
    assert cut.names == ()
    assert reason in cut.reason
