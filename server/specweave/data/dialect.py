"""How a text file separates its cells: delimiter, quote and escape, by how regular the rows become.

The idea that a right dialect gives rows of equal length whose cells look like values is that of
van den Burg, Nazábal and Sutton (2019), "Wrangling messy CSV files by detecting row and type patterns".
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from specweave.errors import DataReadError

_DELIMITERS = (",", ";", "\t", "|")
_SPACES = "whitespace"
ONE_COLUMN = "\x1f"
"""The delimiter of a file of one column: a character that occurs in no text."""
_CLEAN = re.compile(r"\s*(?:[+-]?[\d.,]*\d%?|[\w .&/'’()-]{0,40}|\d[\d/:.T -]+Z?)\s*")
_MOST_ROWS = 400


@dataclass(frozen=True)
class Dialect:
    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None

    def rows(self, text: str) -> list[list[str]]:
        """The cells, row by row, as Python's csv module reads them."""
        return list(self.reader(text))

    def reader(self, text: str) -> Any:
        """Python's csv reader over the text."""
        quoting: Any = csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE
        csv.field_size_limit(2**31 - 1)
        return csv.reader(
            io.StringIO(text, newline=""),
            delimiter=self.delimiter,
            quotechar=self.quote,
            escapechar=self.escape,
            quoting=quoting,
        )


def detect_dialect(text: str, delimiter: str | None = None) -> Dialect:
    """The dialect under which the sample's rows are most regular; a single column when none makes them so."""
    if delimiter == _SPACES:
        return Dialect(_SPACES)
    if delimiter is not None and (len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\\'):
        raise DataReadError(
            "A delimiter is one character", value=delimiter, allowed='"," ";" "|" a tab, or "whitespace"'
        )
    text = _whole_lines(text)
    candidates = [delimiter] if delimiter else [*_DELIMITERS]
    best = max(
        (Dialect(d, quote) for d in candidates for quote in _quotes(text, d)), key=lambda d: _regularity(d, text)
    )
    if delimiter is None and _regularity(best, text) <= 0:
        return Dialect(_SPACES) if _looks_spaced(text) else Dialect(ONE_COLUMN, '"' if _all_quoted(text) else None)
    return _with_escape(best, text)


def _all_quoted(text: str) -> bool:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return all(line[0] == line[-1] == '"' for line in lines[1:]) and len(lines) > 1


def _whole_lines(text: str) -> str:
    cut = text.rfind("\n")
    return text[: cut + 1] if cut > 0 and len(text) > 60_000 else text


def _quotes(text: str, delimiter: str) -> list[str | None]:
    single = len(
        re.findall(rf"(?:^|{re.escape(delimiter)})'[^'\n]*'(?={re.escape(delimiter)}|\r?$)", text, re.MULTILINE)
    )
    return ["'"] if single >= 3 and text.count('"') == 0 else ['"']


def _regularity(dialect: Dialect, text: str) -> float:
    rows = _some_rows(dialect, text)
    widths = Counter(len(r) for r in rows)
    if not widths:
        return 0.0
    width, _ = max(widths.items(), key=lambda item: (item[0] > 1) * item[1] * (1 - 1 / item[0]))
    if width < 2:
        return 0.0
    regular = [r for r in rows if len(r) == width]
    share = len(regular) / len(rows)
    if share < 0.5 and width < 4:
        # A comma here and there in prose is no table.
        return 0.0
    cells = [c for r in regular[:100] for c in r]
    clean = sum(bool(_CLEAN.fullmatch(c)) for c in cells) / len(cells)
    return share * (1 - 1 / width) * (0.2 + clean)


def _some_rows(dialect: Dialect, text: str) -> list[list[str]]:
    found = []
    try:
        for row in dialect.reader(text):
            if any(cell.strip() for cell in row):
                found.append(row)
            if len(found) >= _MOST_ROWS:
                break
    except csv.Error:
        return found
    return found


def _with_escape(dialect: Dialect, text: str) -> Dialect:
    """A backslash counts as escape where it makes the rows more regular."""
    if f"\\{dialect.delimiter}" not in text and '\\"' not in text:
        return dialect
    escaped = replace(dialect, escape="\\")
    return escaped if _unevenness(escaped, text) < _unevenness(dialect, text) else dialect


def _unevenness(dialect: Dialect, text: str) -> int:
    try:
        widths = Counter(len(r) for r in dialect.rows(text) if r)
    except csv.Error:
        return len(text)
    return sum(widths.values()) - max(widths.values(), default=0)


def _looks_spaced(text: str) -> bool:
    """True for columns of numbers set apart by runs of blanks."""
    rows = [line.split() for line in text.splitlines()[:_MOST_ROWS] if line.strip()]
    widths = Counter(map(len, rows))
    if not widths:
        return False
    width, count = widths.most_common(1)[0]
    cells = [c for r in rows[1:] if len(r) == width for c in r]
    numbers = sum(bool(re.fullmatch(r"[+-]?[\d.,]+(?:[eE][+-]?\d+)?", c)) for c in cells)
    return width > 1 and count >= 0.95 * len(rows) and numbers >= 0.5 * len(cells)


def spaces_to_tabs(content: bytes) -> bytes:
    """Runs of blanks between cells as single tabs."""
    return re.sub(rb"[ \t]+", b"\t", re.sub(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)", b"", content))
