"""Values of the user's rows as a person would write them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from specweave.rendering import number


def value_text(value: Any) -> str:
    """Whole numbers whole, with thousands from 10,000 on (2024 may be a year), others at up to six digits, days as dates.

    >>> value_text(21000.0), value_text(2024), value_text(0.12345678), value_text(None), value_text(True)
    ('21,000', '2024', '0.123457', 'missing', 'yes')
    """
    if value is None or value is pd.NaT or (not isinstance(value, str) and bool(pd.isna(value))):
        return "missing"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, pd.Timestamp | np.datetime64):
        moment = pd.Timestamp(value)
        return str(moment.date()) if moment == moment.normalize() else str(moment.floor("s"))
    if isinstance(value, int | float | np.integer | np.floating):
        return _numeric(float(value))
    return " ".join(str(value).split())


def _numeric(value: float) -> str:
    if value.is_integer() and abs(value) < 1e15:
        return f"{int(value):,}" if abs(value) >= 10_000 else str(int(value))
    # Enough digits that two places on a map stay two, and none that were not measured.
    text = number(value, 6)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
