"""Columns that name the side of a split a row is on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype

from specweave.leakage.names import words

NAMES = frozenset({"split", "set", "subset", "partition", "fold", "usage", "phase", "sample"})
TRAINING = frozenset({"train", "training", "fit", "dev", "development"})
HELD_OUT = frozenset(
    {"test", "testing", "valid", "validation", "val", "eval", "evaluation", "holdout", "held-out", "oot"}
)


def held_out_by(name: str, values: pd.Series[Any]) -> NDArray[np.bool_] | None:
    """Which rows a column like `split` or `is_test` puts aside; nothing when it is no such column."""
    named = words(str(name))
    flag = next((word for word in ("train", "test") if {"is", word} <= named), None)
    if flag is not None and is_bool_dtype(values.dtype) and not values.isna().any():
        marked = values.to_numpy(dtype=bool)
        return marked if flag == "test" else ~marked
    if not named & NAMES or pd.api.types.is_numeric_dtype(values.dtype):
        return None
    texts = values.astype(str).str.strip().str.lower()
    seen = set(texts.unique())
    if not (seen & TRAINING and seen & HELD_OUT and seen <= TRAINING | HELD_OUT):
        return None
    return texts.isin(HELD_OUT).to_numpy(dtype=bool)
