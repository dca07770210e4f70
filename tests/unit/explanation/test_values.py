from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.explanation.values import value_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (21000.0, "21,000"),
        (np.int64(2024), "2024"),
        (0.12345678, "0.123457"),
        (-122.26, "-122.26"),
        (1.7, "1.7"),
        (1234.5, "1,234.5"),
        (-3, "-3"),
        (None, "missing"),
        (np.nan, "missing"),
        (pd.NaT, "missing"),
        (pd.NA, "missing"),
        (True, "yes"),
        (np.bool_(False), "no"),
        (pd.Timestamp("2024-05-01"), "2024-05-01"),
        (pd.Timestamp("2024-05-01 10:30"), "2024-05-01 10:30:00"),
        ("two\nlines", "two lines"),
    ],
)
def test_values_are_written_as_a_person_would(value, text):
    assert value_text(value) == text
