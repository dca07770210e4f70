"""Values of the user's rows as a person would write them."""

from __future__ import annotations

import math
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


def stepped_text(value: float, step: float) -> str:
    """Four digits, or as many as a difference of this size needs to be seen.

    >>> stepped_text(207_012.3, 56_300), stepped_text(999_842_317.0, 201_100)
    ('207,000', '999,842,300')
    """
    if not value or not step or not math.isfinite(step):
        return number(value)
    apart = math.floor(math.log10(abs(value))) - math.floor(math.log10(abs(step)))
    return number(float(value), min(15, 4 + max(0, apart - 1)))


def _numeric(value: float) -> str:
    if value.is_integer() and abs(value) < 1e15:
        return f"{int(value):,}" if abs(value) >= 10_000 else str(int(value))
    # Enough digits that two places on a map stay two, and none that were not measured.
    text = number(value, 6)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
