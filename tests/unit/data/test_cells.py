from __future__ import annotations

import pytest

from specweave.data.cells import cell_type


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "empty"), (" ", "empty"), ("NA", "empty"), ("?", "empty"), ("-", "empty"),
        ("1", "number"), ("-1,234.5", "number"), ("£65.60", "number"), ("5 %", "number"), ("1e-5", "number"), ("(12)", "number"),
        ("2024-01-31", "date"), ("31/01/2024 10:00", "date"), ("Oct-14", "date"), ("January 5, 2024", "date"),
        ("word", "text"), ("12 oz", "text"), ("A/5 21171", "text"), ("7:10 a.m.", "text"), ("%T", "text"),
    ],
)  # fmt: skip
def test_kinds_of_cells(text, kind):
    assert cell_type(text) == kind
