from __future__ import annotations

import pandas as pd

from specweave.data.charts import chart, quantity
from specweave.data.column_profile import profile_column


def drawn(values, name="x") -> str:
    return str(chart(profile_column(name, pd.Series(values))))


def test_a_histogram_has_a_bar_for_each_filled_bin_and_says_so_in_words():
    text = drawn([1, 1, 2, 3, 3, 3] * 4)
    assert text.count("<rect") == 3
    assert "3 bars from 1 to 3, the highest 12 rows" in text


def test_words_and_truth_values_become_bars_with_shares():
    assert "66.7 %" in drawn(["a", "a", "b"] * 10)
    assert drawn([0, 1] * 10).count("<rect") == 2


def test_names_and_values_are_escaped():
    assert "<b>" not in drawn(["<b>", "x"] * 10, name="<b>")


def test_ids_and_empty_columns_have_no_chart():
    assert drawn([f"{i:04x}" for i in range(50)]) == ""
    assert drawn([None, None]) == ""


def test_whole_quantities_are_whole():
    whole = profile_column("n", pd.Series([1, 2, 3]))
    assert quantity(12345.0, whole) == "12,345"
    assert quantity(2.5, whole) == "2.500"
    assert quantity(None, whole) == "–"
