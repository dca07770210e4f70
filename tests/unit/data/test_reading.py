from __future__ import annotations

from specweave.data.reading import ColumnReading, Reading


def test_the_summary_names_what_was_assumed():
    reading = Reading(
        location="rows.csv",
        format="text",
        encoding="cp1252",
        delimiter=";",
        header_row=2,
        blank_rows=3,
        footer=["Total 5"],
        columns=[ColumnReading(name="a", decimal=",", missing_marks={"?": 4})],
    )
    assert reading.summary() == (
        "text, cp1252, delimiter semicolon, column names in line 3, decimal sign comma, missing written ?, "
        "3 blank lines left out, 1 lines of notes or totals left out"
    )


def test_columns_are_found_by_name():
    reading = Reading(location="", format="", columns=[ColumnReading(name="a")])
    assert reading.column("a").kind == "text"
    assert reading.column("b") is None
