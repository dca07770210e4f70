from __future__ import annotations

from specweave.data.names import unique_names
from specweave.data.reading import Reading


def test_empty_and_repeated_names_are_made_unique_and_recorded():
    reading = Reading(location="", format="")
    assert unique_names(["x", "", "x", "x_2", ""], reading) == ["x", "unnamed_2", "x_3", "x_2", "unnamed_5"]
    assert set(reading.renamed) == {"unnamed_2", "x_3", "unnamed_5"}


def test_a_file_without_names_numbers_its_columns():
    reading = Reading(location="", format="")
    assert unique_names(["", ""], reading, named=False) == ["column_1", "column_2"]
    assert reading.renamed == {}
