# a table's times have no zone
from __future__ import annotations

import datetime as dt
import decimal

import pandas as pd
import pyarrow as pa
import pytest

from specweave.data.frames import from_values, plain_columns, to_frame
from specweave.data.reading import Reading

ZONE = dt.timezone(dt.timedelta(hours=2))


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([1, 2, None], [1, 2, None]),
        ([1, 2.5, decimal.Decimal("0.5")], [1.0, 2.5, 0.5]),
        ([1.0, float("nan"), 2], [1.0, None, 2.0]),
        ([2**70, 1, 2], [float(2**70), 1.0, 2.0]),
        ([True, False, None], [True, False, None]),
        ([1, "x", None], ["1", "x", None]),
        ([True, 1, None], ["True", "1", None]),
        ([b"x", {"a": 1}, [1]], ["x", '{"a": 1}', "[1]"]),
        ([None, None], [None, None]),
    ],
)
def test_values_of_one_kind_stay_and_mixed_ones_become_text(values, wanted):
    assert from_values({"a": values}).column("a").to_pylist() == wanted


def test_days_and_moments_become_moments_in_utc():
    values = [dt.date(2024, 1, 1), dt.datetime(2024, 1, 1, 2, tzinfo=ZONE), None]
    assert from_values({"a": values}).column("a").to_pylist() == [
        pd.Timestamp(2024, 1, 1),
        pd.Timestamp(2024, 1, 1),
        None,
    ]


def test_the_frame_has_plain_types():
    table = pa.table({"k": [1, None], "w": ["a", None], "t": pa.array([0, 1], pa.timestamp("us"))})
    frame = to_frame(table)
    assert str(frame["k"].dtype) == "float64"
    assert str(frame["t"].dtype) == "datetime64[us]"
    assert frame["w"].isna().tolist() == [False, True]


def test_dates_written_as_text_are_read_in_typed_sources():
    reading = Reading(location="", format="")
    table = plain_columns(pa.table({"day": ["2024-01-01", "2024-02-01"], "n": ["1", "2"]}), reading)
    assert [c.kind for c in reading.columns] == ["datetime", "text"]
    assert table.column("n").to_pylist() == ["1", "2"]
