"""The signature of a recorded model, read off the training rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

from specweave.deployment.signature import InputColumn, Signature, is_truth
from specweave.evaluation.recorded_model import RecordedModel
from specweave.workspace import IncrementFolder

TYPICAL = 12
_EXAMPLES = 3


def signed(folder: IncrementFolder, model: RecordedModel, rows: pd.DataFrame, columns: Sequence[str]) -> Signature:
    """What the model takes and gives."""
    described = tuple(_column(name, rows[name]) for name in columns)
    return Signature(
        increment=folder.id,
        experiment=model.record,
        task=model.task,
        target=model.target,
        columns=described,
        classes=model.classes,
        positive=model.positive,
        threshold=model.threshold,
        source_model_sha256=model.sha256,
        examples=tuple({c.name: _example(c, at) for c in described} for at in range(_EXAMPLES)),
    )


def request_inputs(rows: pd.DataFrame, signature: Signature) -> dict[str, np.ndarray]:
    """Rows of a table as the exported model's inputs `numbers` and `texts`; an input without columns is left out."""
    from specweave.problems.tabular.typed_columns import as_numbers, as_texts

    found: dict[str, np.ndarray] = {}
    if signature.numeric:
        parts = [_seconds(rows[c.name]) if c.reading == "date" else as_numbers(rows[c.name]) for c in signature.numeric]
        found["numbers"] = np.column_stack(parts).astype(np.float64)
    if signature.textual:
        texts = np.column_stack([as_texts(rows[c.name]) for c in signature.textual])
        found["texts"] = np.where(pd.isna(texts), signature.missing_text, texts).astype(object)
    return found


def reading_of(column: pd.Series[Any]) -> Literal["number", "date", "category"]:
    """How a column is sent: as number (also true and false), date or category."""
    if is_datetime64_any_dtype(column.dtype):
        return "date"
    return "number" if is_numeric_dtype(column.dtype) or is_bool_dtype(column.dtype) else "category"


def _column(name: str, column: pd.Series[Any]) -> InputColumn:
    reading = reading_of(column)
    missing = bool(column.isna().any())
    if reading == "category":
        counts = column.dropna().astype(str).value_counts()
        common = counts.iloc[:TYPICAL]
        return InputColumn(
            name=name,
            reading=reading,
            dtype=str(column.dtype),
            categories=tuple(map(str, counts.index)),
            missing_in_training=missing,
            example=str(counts.index[0]) if len(counts) else None,
            typical=tuple(map(str, common.index)),
            shares=tuple((common / common.sum()).tolist()) if len(common) else (),
        )
    values = _seconds(column) if reading == "date" else column.to_numpy(dtype=np.float64, na_value=np.nan)
    known = values[np.isfinite(values)]
    if not len(known):
        return InputColumn(name=name, reading=reading, dtype=str(column.dtype), missing_in_training=missing)
    spread = np.quantile(known, (np.arange(TYPICAL) + 0.5) / TYPICAL, method="nearest")
    middle = float(np.quantile(known, 0.5, method="nearest"))
    return InputColumn(
        name=name,
        reading=reading,
        dtype=str(column.dtype),
        low=float(known.min()),
        high=float(known.max()),
        missing_in_training=missing,
        example=_shown(middle, reading, str(column.dtype)),
        typical=tuple(spread.tolist()),
        shares=(1 / TYPICAL,) * TYPICAL,
    )


def _example(column: InputColumn, at: int) -> Any:
    if not column.typical or at == 0:
        return column.example
    value = column.typical[(at * 5) % len(column.typical)]
    if column.reading == "category" or value is None:
        return value
    return _shown(float(value), column.reading, column.dtype)


def _shown(value: float, reading: str, dtype: str) -> str | bool | float:
    """A value as a request holds it."""
    if is_truth(dtype):
        return bool(value)
    return _date(value) if reading == "date" else _plain(value)


def _seconds(column: pd.Series[Any]) -> np.ndarray:
    times = pd.to_datetime(column, errors="coerce", utc=True).astype("datetime64[ns, UTC]")
    seconds = times.astype("int64").to_numpy(dtype=np.float64) / 1e9
    found: np.ndarray = np.where(times.notna().to_numpy(), seconds, np.nan)
    return found


def _date(seconds: float) -> str:
    return pd.Timestamp(seconds, unit="s").isoformat()


def _plain(value: float) -> float | int:
    return int(value) if value.is_integer() else value
