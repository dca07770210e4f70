"""Columns as points in time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from specweave.leakage.material import Codes, Floats, Material
from specweave.leakage.names import BIRTH_WORDS, TIME_WORDS, says

LEAST_DISTINCT = 10
LEAST_FILLED = 0.9
EPOCH = (2e8, 5e9)  # seconds: 1976 to 2128
DATE = r"^\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}"


def as_time(material: Material, column: str) -> Floats | None:
    """The column as points in time, if it is one: dates, texts that are dates, or seconds since 1970 by name and size."""
    if says(column, BIRTH_WORDS):
        return None
    kind = material.kind(column)
    if kind == "number":
        values = material.numbers(column)
        inside = np.nanmean((values > EPOCH[0]) & (values < EPOCH[1]) | (values > 1e3 * EPOCH[0])) if len(values) else 0
        if not says(column, TIME_WORDS) or inside < 0.99:
            return None
    elif kind == "time":
        values = material.numbers(column)
    else:
        parsed = _parsed(material.features[column], material.sample)
        if parsed is None:
            return None
        values = parsed
    known = values[~np.isnan(values)]
    enough = len(known) >= LEAST_FILLED * len(values) and len(np.unique(known)) >= LEAST_DISTINCT
    return values if enough else None


def _parsed(values: pd.Series, sample: Codes) -> Floats | None:
    """Texts as microseconds when nearly all look like dates; the day comes first if some first number exceeds 12."""
    if isinstance(values.dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(values.dtype):
        return None
    texts = values.iloc[sample[:2_000]].dropna().astype(str)
    if len(texts) == 0 or texts.str.match(DATE).mean() < 0.99:
        return None
    whole = values.astype(str)
    first = whole.drop_duplicates().str.extract(r"^\s*(\d{1,4})")[0].astype(float)
    day_first = bool(((first > 12) & (first < 32)).any())
    dates = pd.to_datetime(whole, errors="coerce", dayfirst=day_first, format="mixed", utc=True)
    result: Floats = dates.dt.as_unit("us").astype("int64").to_numpy().astype(np.float64)
    result[dates.isna().to_numpy()] = np.nan
    return result
