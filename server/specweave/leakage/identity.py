"""Which columns only name a row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from specweave.leakage.material import Floats, Material
from specweave.leakage.names import ID_WORDS, says

LEAST_ROWS = 50
LONGEST_ID = 40


def identifiers(material: Material) -> list[str]:
    """Columns with another value in every row that are neither measurements, times nor running text."""
    return [c for c in material.columns if c not in (material.time, material.group) and is_identifier(material, c)]


def is_identifier(material: Material, column: str) -> bool:
    kind = material.kind(column)
    if kind == "time" or material.n < LEAST_ROWS:
        return False
    if not _all_different(material.features[column].iloc[material.sample]):
        return False
    values = material.features[column]
    if not _all_different(values):
        return False
    if kind == "number":
        return _counts_or_names(material.numbers(column), column)
    texts = values.iloc[material.sample].astype("string")
    return bool(not texts.str.contains(r"\s", regex=True).any() and texts.str.len().max() <= LONGEST_ID)


def _all_different(values: pd.Series) -> bool:
    try:
        return bool(values.notna().all() and values.is_unique)
    except TypeError:  # values without a hash
        return False


def _counts_or_names(numbers: Floats, column: str) -> bool:
    """Whole numbers that run through a range without large holes, or whose name says id."""
    if (numbers != np.floor(numbers)).any():
        return False
    running = numbers.max() - numbers.min() < 2 * len(numbers)
    return bool(running or says(column, ID_WORDS))
