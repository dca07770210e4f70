"""Rows of text cut into cells by Arrow; rows of another width than the table's are judged."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from specweave.data.dialect import Dialect
from specweave.data.layout import Layout
from specweave.errors import DataReadError, shorten

_BEGINNING = 2**20


@dataclass
class _Ragged:
    """Rows whose number of cells is not that of the table, as Arrow meets them."""

    rows: list[tuple[int, int, str]] = field(default_factory=list)

    def __call__(self, row: Any) -> str:
        self.rows.append((row.number or 0, row.actual_columns, row.text))
        return "skip"


def parse_rows(content: bytes, start: int, dialect: Dialect, layout: Layout, path: Path) -> pa.Table:
    """Texts below the physical line `start`, a column for each of the layout's width, called 0, 1, 2 …

    Short rows are filled where that loses nothing, notes below the table go to `layout.footer`, and other ragged rows
    raise DataReadError with the first line and their number.
    """
    begin = _line_start(content, start)
    body = memoryview(content)[begin:]
    if dialect.quote and content.find(dialect.quote.encode(), begin) < 0:
        dialect = replace(dialect, quote=None)
    table, ragged, inside = _cut(body, dialect, layout.width)
    open_quote = dialect.quote is not None and _runs_on(table) and content.count(dialect.quote.encode(), begin) % 2 == 1
    if (inside or open_quote) and dialect.quote:
        plain, plain_ragged, _ = _cut(body, replace(dialect, quote=None), layout.width)
        if not any(text.strip() for _, _, text in plain_ragged.rows):
            layout.reading_notes.append("quotes do not come in pairs; they are read as part of the text")
            return plain
        if open_quote:
            _refuse_open_quote(table, content, path)
    if (
        inside
        and all(cells < layout.width for _, cells, _ in inside)
        and _ends_empty(table, min(c for _, c, _ in inside))
    ):
        return _padded(bytes(body), dialect, layout, inside)
    if inside:
        _refuse_ragged(inside, content, start, layout.width, path)
    layout.footer = [shorten(text, 120) for _, _, text in ragged.rows if text.strip()]
    return table


def _cut(body: memoryview, dialect: Dialect, width: int) -> tuple[pa.Table, _Ragged, list[tuple[int, int, str]]]:
    """The rows of the right width, all others, and those of them that are no notes below the table."""
    ragged = _Ragged()
    table = _arrow_rows(body, dialect, width, ragged)
    last = table.num_rows + len(ragged.rows)
    return table, ragged, [r for r in ragged.rows if r[2].strip() and not _is_note(r, ragged, last, width)]


def _runs_on(table: pa.Table) -> bool:
    """True when a cell of the last row holds line breaks: a quote that was never closed takes in all that follows it."""
    return table.num_rows > 0 and any("\n" in (c[-1].as_py() or "") for c in table.columns)


def _refuse_open_quote(table: pa.Table, content: bytes, path: Path) -> None:
    swallowed = next(c[-1].as_py() for c in table.columns if "\n" in (c[-1].as_py() or ""))
    where = max(content.find(swallowed.encode("utf-8")), 0)
    line = content.count(b"\n", 0, where) + 1
    raise DataReadError(
        f"A quote opened in line {line} is never closed",
        value=shorten(swallowed, 60),
        allowed=f"pairs of quotes in {path.name}",
        next_step="close the quote or remove it",
    )


def _line_start(content: bytes, line: int) -> int:
    """Byte offset of the start of a 0-based physical line."""
    position = 0
    carriage = b"\n" not in content[:_BEGINNING]
    for _ in range(line):
        found = content.find(b"\r" if carriage else b"\n", position)
        if found < 0:
            return len(content)
        position = found + 1
    return position


def _ends_empty(table: pa.Table, kept: int) -> bool:
    """True when the columns that short rows leave out are empty in the full rows too."""
    return table.num_rows > 0 and all(
        pc.all(pc.equal(pc.utf8_trim_whitespace(c), ""), min_count=0).as_py() for c in table.columns[kept:]
    )


def _padded(body: bytes, dialect: Dialect, layout: Layout, short: list[tuple[int, int, str]]) -> pa.Table:
    """The rows with the empty cells added that the file leaves out at their ends."""
    rows = [r for r in dialect.reader(body.decode("utf-8")) if r]
    columns = [[r[j] if j < len(r) else "" for r in rows] for j in range(layout.width)]
    layout.reading_notes.append(f"{len(short)} rows leave out empty cells at their end")
    return pa.table([pa.array(c, pa.string()) for c in columns], names=[str(j) for j in range(layout.width)])


def _arrow_rows(body: memoryview, dialect: Dialect, width: int, ragged: _Ragged) -> pa.Table:
    names = [str(j) for j in range(width)]
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(pa.py_buffer(body)),
            # One thread, because only then does Arrow count the rows it reports as ragged.
            arrow_csv.ReadOptions(column_names=names, use_threads=False, block_size=1 << 24),
            arrow_csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote or False,
                double_quote=True,
                escape_char=dialect.escape or False,
                newlines_in_values=bool(dialect.quote),
                ignore_empty_lines=False,
                invalid_row_handler=ragged,
            ),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return pa.table({n: pa.array([], pa.string()) for n in names})
        raise DataReadError(f"The rows cannot be divided into cells: {shorten(error)}") from error


def _is_note(row: tuple[int, int, str], ragged: _Ragged, last: int, width: int) -> bool:
    """True for a line with few cells after which only such lines follow: a note below the table."""
    number, cells, text = row
    if "\n" in text.strip():
        # A quote that was never closed, not a note.
        return False
    at_end = len({n for n, _, _ in ragged.rows if n >= number}) == last - number + 1
    return at_end and cells <= max(1, 0.3 * width)


def _refuse_ragged(rows: list[tuple[int, int, str]], content: bytes, start: int, width: int, path: Path) -> None:
    number, cells, text = rows[0]
    where = content.find(text.strip("\r\n").encode("utf-8"), _line_start(content, start))
    line = content.count(b"\n", 0, where) + 1 if where >= 0 else start + number
    more = f"; {len(rows)} rows differ in all" if len(rows) > 1 else ""
    raise DataReadError(
        f"Line {line} has {cells} cells where the table has {width}{more}: {shorten(text, 80)}",
        value=str(path),
        next_step="correct the line, or name the delimiter or header_row if they were detected wrongly",
    )
