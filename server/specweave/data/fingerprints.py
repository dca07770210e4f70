"""A data set's identity: a hash of its content and one of its schema.

The numbers do not depend on the index, on the pandas version, or on how texts are stored; a whole number equals
the same number stored as float, and every kind of missing value equals every other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

if TYPE_CHECKING:
    import pandas as pd

_MISSING = np.uint64(0x9E3779B97F4A7C15)
_FACTOR = np.uint64(0x100000001B3)
_EXACT = 2**53
_ROWS_AT_ONCE = 250_000


class Fingerprint(BaseModel):
    """Hashes as hex strings; `content` is sensitive to the order of rows and columns, `schema_hash` to names and kinds."""

    content: str
    schema_hash: str
    n_rows: int
    n_columns: int


def fingerprint(frame: pd.DataFrame) -> Fingerprint:
    """The fingerprint of the frame's values; costs about 0.1 s for a million cells."""
    pieces = (frame.iloc[i : i + _ROWS_AT_ONCE] for i in range(0, max(len(frame), 1), _ROWS_AT_ONCE))
    return fingerprint_pieces(pieces, schema_of(frame))


def fingerprint_pieces(pieces: Iterable[pd.DataFrame], schema: list[tuple[str, str]]) -> Fingerprint:
    """The same fingerprint for a frame that arrives in consecutive pieces."""
    digest, n_rows = hashlib.blake2b(digest_size=16), 0
    for piece in pieces:
        digest.update(row_hashes(piece).astype("<u8").tobytes())
        n_rows += len(piece)
    schema_digest = hashlib.blake2b(repr(schema).encode("utf-8"), digest_size=8).hexdigest()
    return Fingerprint(content=digest.hexdigest(), schema_hash=schema_digest, n_rows=n_rows, n_columns=len(schema))


def schema_of(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """Names and kinds of the columns; whole and other numbers are one kind, since a gap turns one into the other."""
    return [(str(name), _kind(frame.iloc[:, j])) for j, name in enumerate(frame.columns)]


def _kind(column: pd.Series[Any]) -> str:
    from pandas.api import types

    if types.is_bool_dtype(column.dtype):
        return "boolean"
    if types.is_numeric_dtype(column.dtype):
        return "number"
    return "datetime" if types.is_datetime64_any_dtype(column.dtype) else "text"


def row_hashes(frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """One uint64 a row, equal for rows with equal values."""
    combined = np.full(len(frame), 0xCBF29CE484222325, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for j in range(frame.shape[1]):
            combined = _mixed(combined * _FACTOR ^ _column_hashes(frame.iloc[:, j]))
    return combined


def _column_hashes(column: pd.Series[Any]) -> Any:
    kind = _kind(column)
    missing = column.isna().to_numpy(dtype=bool)
    if kind in ("number", "boolean"):
        hashed = _number_hashes(column, missing)
    elif kind == "datetime":
        hashed = _moment_hashes(column)
    else:
        hashed = _text_hashes(column)
    hashed[missing] = _MISSING
    return hashed


def _number_hashes(column: pd.Series[Any], missing: Any) -> Any:
    values = column.to_numpy(dtype="float64", na_value=np.nan) + 0.0  # adding turns -0.0 into 0.0
    hashed = _mixed(values.view(np.uint64))
    if column.dtype.kind in "iu" and not missing.any():
        whole = column.to_numpy()
        beyond = np.abs(values) > _EXACT
        if beyond.any():
            # Beyond 2**53 neighbouring whole numbers share one float.
            hashed[beyond] = _mixed(whole[beyond].astype(np.uint64) ^ _FACTOR)
    return hashed


def _moment_hashes(column: pd.Series[Any]) -> Any:
    if getattr(column.dtype, "tz", None) is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    return _mixed(column.to_numpy().astype("datetime64[us]").astype("int64").view(np.uint64))


def _text_hashes(column: pd.Series[Any]) -> Any:
    import pandas as pd

    codes, distinct = pd.factorize(column)
    texts = np.array([str(t) for t in distinct], dtype=object)
    if not len(texts):
        return np.full(len(column), _MISSING)
    # SipHash of the UTF-8 bytes under a fixed key, the same in every pandas version.
    return pd.util.hash_array(texts, encoding="utf8", hash_key="specweave-rows-1", categorize=False)[codes].astype(
        np.uint64
    )


def _mixed(values: Any) -> Any:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014): spreads close numbers over all bits."""
    with np.errstate(over="ignore"):
        mixed = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))
