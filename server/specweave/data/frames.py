"""Arrow tables and Python values into data frames with plain NumPy types."""

from __future__ import annotations

import datetime as dt
import decimal
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from specweave.data.columns import Hints, convert_column
from specweave.data.reading import ColumnReading, Reading
from specweave.errors import DataReadError

if TYPE_CHECKING:
    import pandas as pd


def to_frame(table: pa.Table) -> pd.DataFrame:
    """The table as a frame with a RangeIndex.

    Whole numbers with gaps become float64, texts `str` (pandas 3) or object (pandas 2), dates datetime64[us].
    """
    # The option exists in every pandas supported; it keeps microseconds where pandas 2 would take nanoseconds.
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True, coerce_temporal_nanoseconds=False)
    return frame


def arrow_table(connection: Any, query: str, params: list[Any] | None = None) -> pa.Table:
    """All rows of a DuckDB query; version 2 renamed the method that hands them over."""
    result = connection.sql(query, params=params)
    if result is None:
        raise DataReadError("The statement returns no rows", value=query, next_step="give a SELECT")
    fetch = getattr(result, "to_arrow_table", None) or result.arrow
    return fetch()


def plain_columns(table: pa.Table, reading: Reading, *, hints: Hints | None = None) -> pa.Table:
    """A typed source's columns as numbers, truth values, dates and words; dates written as text are read."""
    hints = hints or Hints(numbers=False)
    columns, names = [], []
    for name in table.column_names:
        if name.startswith("__index_level_"):
            reading.notes.append(f"the stored index {name} is left out; rows are numbered from 0")
            continue
        column, how = _plain(table.column(name), name, hints)
        columns.append(column)
        names.append(name)
        reading.columns.append(how)
    return pa.table(columns, names=names)


def _plain(column: Any, name: str, hints: Hints) -> tuple[Any, ColumnReading]:  # noqa: PLR0911  # one return a type
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = pc.cast(column, kind.value_type)
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return convert_column(pc.cast(column, pa.string()), name, hints)
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.float64()), ColumnReading(name=name, kind="empty")
    if pa.types.is_boolean(kind):
        return _truth(column, name)
    if pa.types.is_integer(kind):
        safe = kind != pa.uint64()
        return pc.cast(column, pa.int64() if safe else pa.float64(), safe=False), ColumnReading(
            name=name, kind="integer"
        )
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pc.cast(column, pa.float64()), ColumnReading(name=name, kind="number")
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _moments(column, name)
    notes = [f"values of type {kind} are kept as text"]
    texts = pa.array([None if v is None else _text(v) for v in column.to_pylist()], pa.string())
    return texts, ColumnReading(name=name, kind="text", notes=notes)


def _truth(column: Any, name: str) -> tuple[Any, ColumnReading]:
    if column.null_count:
        notes = ["truth values with gaps are kept as the words true and false"]
        return pc.cast(column, pa.string()), ColumnReading(name=name, kind="text", notes=notes)
    return column, ColumnReading(name=name, kind="boolean")


def _moments(column: Any, name: str) -> tuple[Any, ColumnReading]:
    zone = getattr(column.type, "tz", None)
    moments = pc.cast(column, pa.timestamp("us", tz=zone), safe=False)
    notes = ["times are converted to UTC"] if zone else []
    return pc.cast(moments, pa.timestamp("us")), ColumnReading(name=name, kind="datetime", notes=notes)


def _text(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def from_values(columns: dict[str, Sequence[Any]]) -> pa.Table:
    """An Arrow table of Python values; a column that mixes kinds becomes text."""
    return pa.table({name: _array(values) for name, values in columns.items()})


def _array(values: Sequence[Any]) -> Any:
    kinds = {_kind(v) for v in values if v is not None and not (isinstance(v, float) and v != v)}  # noqa: PLR0124  # NaN
    if kinds <= {"whole", "number"}:
        floats = "number" in kinds or any(abs(v) > 2**63 - 1 for v in values if isinstance(v, int))
        return pa.array(
            [None if v is None else float(v) if floats else v for v in values],
            pa.float64() if floats or not kinds else pa.int64(),
            from_pandas=True,
        )
    if kinds == {"truth"}:
        return pa.array(values, pa.bool_())
    if kinds == {"moment"}:
        return pa.array([_midnight(v) for v in values], pa.timestamp("us"))
    return pa.array([None if v is None else _text(v) for v in values], pa.string())


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int):
        return "whole"
    if isinstance(value, (float, decimal.Decimal)):
        return "number"
    return "moment" if isinstance(value, (dt.datetime, dt.date)) else "text"


def _midnight(value: Any) -> dt.datetime | None:
    if value is None:
        return None
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
    return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001  # a date has no zone
