from __future__ import annotations

from pathlib import Path

import pytest

from specweave.data.dialect import Dialect
from specweave.data.layout import Layout
from specweave.data.rows import parse_rows
from specweave.errors import DataReadError


def parsed(text: str, width: int, start: int = 0, layout: Layout | None = None):
    table = parse_rows(text.encode(), start, Dialect(), layout or Layout(width), Path("rows.csv"))
    return [list(r.values()) for r in table.to_pylist()]


def test_rows_below_a_line():
    assert parsed("title\n1,2\n3,4\n", 2, start=1) == [["1", "2"], ["3", "4"]]


def test_quotes_keep_delimiters_and_line_breaks():
    assert parsed('"a,b","c\nd"\n"e""f",g\n', 2) == [["a,b", "c\nd"], ['e"f', "g"]]


def test_notes_below_the_table_go_to_the_footer():
    layout = Layout(4)
    assert len(parsed("1,2,3,4\n5,6,7,8\nSource: office\n", 4, layout=layout)) == 2
    assert layout.footer == ["Source: office"]


def test_cells_left_out_where_the_column_is_empty_are_filled():
    layout = Layout(3)
    assert parsed("1,2,\n3,4\n5,6,\n", 3, layout=layout) == [["1", "2", ""], ["3", "4", ""], ["5", "6", ""]]
    assert layout.reading_notes == ["1 rows leave out empty cells at their end"]


@pytest.mark.parametrize("row", ["3,4", "3,4,5,6"])
def test_other_widths_are_refused(row):
    with pytest.raises(DataReadError, match="Line 2 has"):
        parsed(f"1,2,3\n{row}\n5,6,7\n", 3)


@pytest.mark.parametrize("text", ['1,x\n2,"y\n3,z\n4,w\n', '1,x\n"2,y\n3,z\n4,w\n'])
def test_a_quote_that_is_never_closed_takes_no_rows_with_it(text):
    layout = Layout(2)
    rows = parsed(text, 2, layout=layout)
    assert len(rows) == 4
    assert rows[3] == ["4", "w"]
    assert "pairs" in layout.reading_notes[0]


def test_a_last_cell_with_line_breaks_is_whole():
    layout = Layout(2)
    assert parsed('1,x\n2,"y\nz\nw"\n', 2, layout=layout)[1] == ["2", "y\nz\nw"]
    assert layout.reading_notes == []


def test_an_open_quote_beside_other_ragged_rows_is_refused_with_its_line():
    with pytest.raises(DataReadError, match="line 2 is never closed"):
        parsed('1,x\n2,"y\n3,z,\n4,w\n', 2)
