# ruff: noqa: DTZ001  # a table's times have no zone
from __future__ import annotations

import datetime as dt

import openpyxl
import pytest

from specweave.data import read_table
from specweave.errors import DataReadError
from specweave.problem import DataSource


@pytest.fixture
def book(workspace):
    made = openpyxl.Workbook()
    made.active.title = "Cover"
    sheet = made.create_sheet("Sales")
    for row in [
        ["Sales report"],
        [],
        ["day", "item", "price", None],
        [dt.datetime(2024, 1, 1), "pen", 1.5, None],
        [dt.datetime(2024, 1, 2), "ink ", 2, None],
        [dt.datetime(2024, 1, 3), "pad", None, None],
        ["Total", None, 3.5, None],
    ]:
        sheet.append(row)
    other = made.create_sheet("Other")
    for row in [["a", "b"], [1, True], [2, False]]:
        other.append(row)
    made.save(workspace.root / "book.xlsx")
    return "book.xlsx"


def test_the_first_sheet_with_values_is_read_without_title_and_total(workspace, book):
    table = read_table(DataSource(location=book), workspace)
    assert table.reading.sheet == "Sales"
    assert [(c.name, c.kind) for c in table.reading.columns] == [
        ("day", "datetime"),
        ("item", "text"),
        ("price", "number"),
    ]
    assert table.frame["item"].tolist() == ["pen", "ink", "pad"]
    assert table.reading.footer == ["Total 3.5"]


def test_a_sheet_can_be_named(workspace, book):
    table = read_table(DataSource(location=book, sheet="Other"), workspace)
    assert table.frame["b"].tolist() == [True, False]


def test_an_unknown_sheet_lists_those_there_are(workspace, book):
    with pytest.raises(DataReadError, match="Cover, Sales, Other"):
        read_table(DataSource(location=book, sheet="Nope"), workspace)


def test_an_empty_workbook_is_told(workspace):
    openpyxl.Workbook().save(workspace.root / "empty.xlsx")
    with pytest.raises(DataReadError, match="no values"):
        read_table(DataSource(location="empty.xlsx"), workspace)
