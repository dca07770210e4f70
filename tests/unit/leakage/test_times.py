from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.leakage import Material
from specweave.leakage.times import as_time

DAYS = pd.Series(pd.date_range("2023-01-01", periods=100))


def read(values, name="day"):
    return as_time(Material(pd.DataFrame({name: values, "y": np.arange(100) % 2}), "y", task="binary"), name)


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%d %H:%M:%S"])
def test_texts_keep_their_order(form):
    assert (np.diff(read(DAYS.dt.strftime(form))) > 0).all()


def test_missing_dates_are_nan():
    values = DAYS.dt.strftime("%Y-%m-%d").where(np.arange(100) != 5)
    assert np.flatnonzero(np.isnan(read(values))).tolist() == [5]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (["a-1-2"] * 100, "day"),
        ([f"{i}-12" for i in range(100)], "day"),
        (list(range(100)), "time"),
        ([1_600_000_000 + i for i in range(100)], "price"),
        (["2024-01-01"] * 100, "day"),
        (DAYS, "date_of_birth"),
    ],
)
def test_other_columns_are_no_times(values, name):
    assert read(values, name) is None


def test_seconds_and_milliseconds_since_1970():
    seconds = np.array([1_600_000_000 + 86_400 * i for i in range(100)])
    assert read(seconds, "created_ts") is not None
    assert read(seconds * 1000, "timestamp") is not None
