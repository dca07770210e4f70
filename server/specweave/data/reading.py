"""What was found out about a source while it was read: every assumption, so that a person can object to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel

if TYPE_CHECKING:
    import pandas as pd

_SPOKEN = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}
Kind = Literal["integer", "number", "boolean", "datetime", "text", "empty"]


class ColumnReading(BaseModel):
    """How the texts of one column became values."""

    name: str
    kind: Kind = "text"
    missing_marks: dict[str, int] = {}
    """Texts read as missing, with their counts; the empty text is not among them."""
    decimal: str | None = None
    thousands: str | None = None
    removed: str | None = None
    """A sign taken off every number, such as £ or %."""
    date_forms: list[str] = []
    notes: list[str] = []


class Reading(BaseModel):
    """How a table was read; each entry that was detected can be set in the data source instead."""

    location: str
    format: str
    compression: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    header_row: int | None = None
    """0-based line of the (last) line of column names; None when the file has none."""
    header_lines: int = 0
    preamble: list[str] = []
    footer: list[str] = []
    repeated_headers: int = 0
    blank_rows: int = 0
    renamed: dict[str, str] = {}
    """New name by a description of the old one, for empty and repeated column names."""
    dropped_columns: int = 0
    sheet: str | None = None
    query: str | None = None
    size_bytes: int | None = None
    columns: list[ColumnReading] = []
    notes: list[str] = []

    def summary(self) -> str:
        """The reading in one line."""
        parts = [self.format]
        if self.compression:
            parts.append(self.compression)
        if self.encoding:
            parts.append(self.encoding)
        if self.delimiter:
            parts.append("delimiter " + _SPOKEN.get(self.delimiter, self.delimiter))
        if self.header_row is not None:
            parts.append(f"column names in line {self.header_row + 1}")
        if self.sheet:
            parts.append(f"table {self.sheet}")
        decimals = sorted({c.decimal for c in self.columns if c.decimal})
        parts += [f"decimal sign {_SPOKEN.get(d, d)}" for d in decimals]
        marks = list(dict.fromkeys(m for c in self.columns for m in c.missing_marks))
        if marks:
            parts.append("missing written " + ", ".join(marks[:6]))
        left = {
            "blank lines": self.blank_rows,
            "repeated headers": self.repeated_headers,
            "lines of notes or totals": len(self.footer),
        }
        parts += [f"{n} {what} left out" for what, n in left.items() if n]
        return ", ".join(parts)

    def column(self, name: str) -> ColumnReading | None:
        """The reading of one column, or None for a source whose columns need none."""
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True)
class Table:
    """The rows of a source, in its order, with a RangeIndex; row number = index."""

    frame: pd.DataFrame
    reading: Reading
