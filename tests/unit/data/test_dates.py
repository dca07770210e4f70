# ruff: noqa: DTZ001  # a table's times have no zone
from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from specweave.data.dates import maybe_dates, parse_dates

DAY = dt.datetime(2014, 3, 5)


def parsed(*texts: str, name="date", order=None):
    return parse_dates(pa.array(texts, pa.string()), name=name, order=order)


@pytest.mark.parametrize(
    "text",
    [
        "2014-03-05",
        "2014/03/05",
        "2014.03.05",
        "5 Mar 2014",
        "05-Mar-2014",
        "March 5, 2014",
        "Mar 05, 2014",
        "05-Mar-14",
        "20140305",
    ],
)
def test_each_form_is_read(text):
    found = parsed(text, "2015-01-31")
    assert found.values.to_pylist() == [DAY, dt.datetime(2015, 1, 31)]


def test_times_of_day_are_kept():
    found = parsed("2014-03-05 14:30", "05/03/2014 14:30:15.5", "31/12/2014")
    assert found.values.to_pylist()[:2] == [
        dt.datetime(2014, 3, 5, 14, 30),
        dt.datetime(2014, 3, 5, 14, 30, 15, 500000),
    ]


def test_zones_become_utc():
    found = parsed("2014-03-05T01:30:00+02:00", "2014-03-05T01:30:00Z")
    assert found.values.to_pylist() == [dt.datetime(2014, 3, 4, 23, 30), dt.datetime(2014, 3, 5, 1, 30)]
    assert found.notes == ["times are converted to UTC"]


def test_a_number_above_twelve_settles_the_order_of_day_and_month():
    assert parsed("05/03/2014", "31/03/2014").values.to_pylist()[0] == DAY
    assert parsed("03/05/2014", "03/31/2014").values.to_pylist()[0] == DAY


def test_each_separator_is_settled_by_itself():
    found = parsed("05/03/2014", "31/03/2014", "03-05-2014", "03-31-2014")
    assert found.values.to_pylist()[2] == DAY
    assert found.forms == ["day/month/year", "month-day-year"]


def test_row_order_settles_what_no_value_does():
    texts = [f"{m:02d}/{d:02d}/2014" for m in range(1, 13) for d in (1, 4, 8, 11)]
    found = parsed(*texts, order=np.arange(len(texts)))
    assert found.forms == ["month/day/year"]
    assert "follow one another" in found.notes[0]


def test_an_open_question_is_said():
    found = parsed("05/03/2014", "02/07/2014", "09/01/2014")
    assert "nothing in the column decides" in found.notes[0]


def test_days_that_do_not_exist_are_no_dates():
    assert not parsed("31/02/2014", "01/03/2014").complete
    assert not parsed("2014-13-01", "2014-12-01").complete


def test_eight_digits_alone_need_a_name_that_says_so():
    assert parsed("20140305", "20150131", name="date").complete
    assert not parsed("20140305", "20150131", name="amount").complete


def test_months_are_dates_and_years_alone_are_not():
    assert parsed("Jan-88", "Feb-88").values.to_pylist()[0] == dt.datetime(1988, 1, 1)
    assert parsed("1949-01", "1949-02").values.to_pylist()[1] == dt.datetime(1949, 2, 1)
    assert parsed("1987", "1988").values.null_count == 2


def test_words_are_not_even_tried():
    assert not maybe_dates(pa.array(["London", "A/5 21171", "7:10 a.m."]))
