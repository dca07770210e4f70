from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.errors import DataError
from specweave.explanation.freedom import Freedom, candidate_values, check_directions, freedoms, values_between


def test_columns_and_directions_are_read():
    columns = ("income", "late payments", "job up")
    asked = ("income up", "late payments down", "job up", "income up")
    assert freedoms(asked, columns) == (
        Freedom("income", "up"),
        Freedom("late payments", "down"),
        Freedom("job up", "any"),
    )
    assert str(Freedom("income", "up")) == "income up"


def test_an_unknown_column_is_an_error_that_names_the_nearest():
    with pytest.raises(DataError) as caught:
        freedoms(["incme up"], ("income", "age"))
    assert "income" in str(caught.value)


def test_candidates_are_values_of_the_data_in_the_allowed_direction():
    known = pd.Series(np.random.default_rng(0).exponential(100, 5000).round(1), name="x")
    values = candidate_values(Freedom("x", "up"), 100.0, known)
    assert set(values) <= set(known)
    assert min(values) > 100
    assert 5 <= len(values) <= 24
    assert max(values) <= known.quantile(0.995)


def test_rare_categories_are_not_proposed():
    known = pd.Series(["a"] * 600 + ["b"] * 399 + ["c"], name="x")
    assert candidate_values(Freedom("x"), "a", known) == ["b"]


def test_values_between_start_with_the_nearest():
    known = pd.Series([1, 2, 3, 4, 5, 6])
    assert values_between(Freedom("x"), 2, 6, known) == [3, 4, 5]
    assert values_between(Freedom("x"), 6, 2, known) == [5, 4, 3]
    assert values_between(Freedom("x"), "a", "b", pd.Series(["a", "b"])) == []


def test_a_date_goes_up_or_down_and_a_category_does_not():
    days = pd.Series(pd.date_range("2024-01-01", periods=400), name="day")
    values = candidate_values(Freedom("day", "down"), days[200], days)
    assert 5 <= len(values) <= 24
    assert set(values) <= set(days[:200])
    assert values_between(Freedom("day"), days[200], days[204], days) == [days[201], days[202], days[203]]
    known = pd.DataFrame({"day": days, "job": "full"})
    check_directions([Freedom("day", "up"), Freedom("job")], known)
    with pytest.raises(DataError, match="numbers and dates") as caught:
        check_directions([Freedom("job", "up")], known)
    assert "job up" in str(caught.value)
