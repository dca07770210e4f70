"""Text tables into typed columns: encoding, dialect and layout detected, rows parsed by Arrow, columns converted."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from specweave.data.columns import Hints, convert_column
from specweave.data.dialect import ONE_COLUMN, Dialect, detect_dialect, spaces_to_tabs
from specweave.data.encoding import decode
from specweave.data.layout import Layout, find_layout, footer_length, second_table, usual_fill
from specweave.data.names import unique_names
from specweave.data.reading import Reading
from specweave.data.rows import parse_rows
from specweave.errors import DataReadError, shorten
from specweave.problem import DataSource

_SAMPLE_BYTES = 192 * 1024
_SAMPLE_ROWS = 2000
_TAIL_ROWS = 200


@dataclass(frozen=True)
class _File:
    """The file being read: where it is, what the user said, and what was found."""

    path: Path
    source: DataSource
    reading: Reading
    start: int
    """Physical lines before the first row of values."""


@dataclass(frozen=True)
class Grid:
    """The parsed texts below the header, before types are found."""

    texts: pa.Table
    layout: Layout
    dialect: Dialect
    start: int
    """Physical lines before the first row of values."""
    dropped: frozenset[int]
    """Positions of columns left out."""


@dataclass(frozen=True)
class Head:
    """What a part of a file tells about reading all of it."""

    dialect: Dialect
    width: int
    header: list[str]
    """Names as written, for finding the line again further down."""
    kept: list[str | None]
    """By position in the file, the column's name, or None for a column left out."""
    first_line: int
    """Physical lines before the first row."""
    rows: int


def read_head(content: bytes, path: Path, source: DataSource, reading: Reading) -> Head:
    """Dialect, layout and column types of a file's first part, with `reading` filled as for a whole file.

    The content is UTF-8 already.
    """
    if source.delimiter == "whitespace":
        raise DataReadError("Large files set apart by blanks are not supported", next_step="replace the blanks by tabs")
    content, dialect = _dialect(content, source)
    grid = _grid(content, dialect, path, source, reading)
    table = convert_texts(grid.texts, hints_of(source, dialect.delimiter), reading)
    # Notes, totals and blank lines at the end of a part say nothing about the file.
    reading.footer, reading.blank_rows = [], 0
    names = iter(table.column_names)
    kept = [None if j in grid.dropped else next(names) for j in range(grid.layout.width)]
    return Head(dialect, grid.layout.width, grid.layout.names, kept, grid.start, table.num_rows)


def read_delimited(content: bytes, path: Path, source: DataSource, reading: Reading) -> pa.Table:
    """A typed Arrow table of the text file's content; `reading` is filled with what was found.

    Raises DataReadError naming the line for ragged rows, several tables in one file, or no rows.
    """
    decoded = decode(content, path, source.encoding)
    reading.encoding = decoded.encoding
    if decoded.note:
        reading.notes.append(decoded.note)
    text_bytes, dialect = _dialect(decoded.content, source)
    grid = _grid(text_bytes, dialect, path, source, reading)
    hints = hints_of(source, grid.dialect.delimiter)
    return convert_texts(grid.texts, hints, reading)


def hints_of(source: DataSource, delimiter: str | None) -> Hints:
    kept = (source.model_extra or {}).get("kept_marks") or ()
    return Hints(source.decimal, source.thousands, delimiter, tuple(source.missing_marks or ()), tuple(kept))


def convert_texts(texts: pa.Table, hints: Hints, reading: Reading) -> pa.Table:
    """Every column of texts typed, with its reading recorded."""
    columns = []
    for name in texts.column_names:
        converted, how = convert_column(texts.column(name), name, hints)
        columns.append(converted)
        reading.columns.append(how)
    return pa.table(columns, names=texts.column_names)


def _dialect(content: bytes, source: DataSource) -> tuple[bytes, Dialect]:
    sample = content[:_SAMPLE_BYTES].decode("utf-8", errors="ignore")
    dialect = detect_dialect(sample, source.delimiter)
    if dialect.delimiter == "whitespace":
        return spaces_to_tabs(content), Dialect("\t", dialect.quote, dialect.escape)
    return content, dialect


def _grid(content: bytes, dialect: Dialect, path: Path, source: DataSource, reading: Reading) -> Grid:
    rows, lines = _sample(content, dialect)
    if not rows:
        raise DataReadError("The file holds only blank lines", value=str(path))
    if source.header_row is not None:
        layout = find_layout(rows, _row_of_line(source.header_row, lines, path))
    else:
        layout = find_layout(rows)
    start = lines[layout.first_row - 1] if layout.first_row else 0
    _record_head(reading, dialect, layout, rows, lines)
    texts = parse_rows(content, start, dialect, layout, path)
    names = _names(layout, texts, reading)
    texts = _rows_only(texts.rename_columns(names), layout, _File(path, source, reading, start))
    kept = _without_nameless(texts, layout, reading)
    dropped = frozenset(j for j, name in enumerate(names) if name not in kept.column_names)
    return Grid(kept, layout, dialect, start, dropped)


def _sample(content: bytes, dialect: Dialect) -> tuple[list[list[str]], list[int]]:
    """The first rows, and after each the number of physical lines read so far."""
    text = content[: 8 * _SAMPLE_BYTES].decode("utf-8", errors="ignore")
    reader = dialect.reader(text)
    rows, lines = [], []
    try:
        for row in islice(reader, _SAMPLE_ROWS):
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise DataReadError(f"Line {reader.line_num} cannot be divided into cells: {error}") from error
    return rows, lines


def _row_of_line(line: int, lines: list[int], path: Path) -> int:
    for row, end in enumerate(lines):
        if line < end:
            return row
    raise DataReadError(
        f"The file has no line {line} for column names",
        value=str(path),
        allowed=f"header_row 0 to {max(lines[-1] - 1, 0)}",
    )


def _record_head(reading: Reading, dialect: Dialect, layout: Layout, rows: list[list[str]], lines: list[int]) -> None:
    if dialect.delimiter != ONE_COLUMN:
        reading.delimiter, reading.quote, reading.escape = dialect.delimiter, dialect.quote, dialect.escape
    reading.header_lines = len(layout.header)
    before = layout.header[0] if layout.header else layout.first_row
    reading.preamble = [
        shorten(" ".join(c for c in r if c.strip()), 120) for r in rows[:before] if any(c.strip() for c in r)
    ]
    if layout.header:
        row = layout.header[-1]
        reading.header_row = lines[row - 1] if row else 0
    else:
        reading.notes.append("the file names no columns; they are called column_1, column_2 …")


def _rows_only(texts: pa.Table, layout: Layout, file: _File) -> pa.Table:
    """The rows of the table, without repeated headers, notes, totals and blank lines."""
    texts = _without_repeated_header(_one_table(texts, file), layout, file.reading)
    texts = _without_blank_rows(_without_footer(texts, file.reading), file.reading)
    file.reading.footer += layout.footer
    file.reading.notes += layout.reading_notes
    return texts


def _names(layout: Layout, texts: pa.Table, reading: Reading) -> list[str]:
    width = texts.num_columns
    given = list(layout.names)
    if layout.header and len(given) == width - 1:
        # R writes row names without a name above them; other programs end each row with a delimiter.
        closing = pc.all(pc.equal(texts.column(width - 1), ""), min_count=0).as_py()
        given = [*given, ""] if closing else ["row_name", *given]
        reading.notes.append(
            "each row ends with a delimiter" if closing else "the first column, without a name, is called row_name"
        )
    given = [*given, *[""] * (width - len(given))][:width]
    return unique_names(given, reading, named=bool(layout.header))


def _without_repeated_header(texts: pa.Table, layout: Layout, reading: Reading) -> pa.Table:
    if not layout.header or texts.num_columns < 2:
        return texts
    same = None
    for name, wanted in zip(texts.column_names, layout.names, strict=False):
        equal = pc.equal(pc.utf8_trim_whitespace(texts.column(name)), wanted)
        same = equal if same is None else pc.and_(same, equal)
        if not pc.any(same, min_count=0).as_py():
            return texts
    reading.repeated_headers = pc.sum(same).as_py()
    return texts.filter(pc.invert(same))


def _one_table(texts: pa.Table, file: _File) -> pa.Table:
    """The table itself where others follow below it; without a word from the user that is an error."""
    if texts.num_columns < 2 or not texts.num_rows:
        return texts
    blank = _blank(texts)
    gap = pc.index(blank, value=True).as_py()
    if gap < 0:
        return texts
    if file.source.header_row is not None:
        return _first_block(texts, blank, file.reading)
    if texts.num_rows - gap < 5000:
        _refuse_second_table(texts, gap, usual_fill(_as_rows(texts.slice(0, _TAIL_ROWS))), file)
    return texts


def _without_footer(texts: pa.Table, reading: Reading) -> pa.Table:
    if texts.num_columns < 2 or not texts.num_rows:
        return texts
    usual = usual_fill(_as_rows(texts.slice(0, _TAIL_ROWS)))
    tail = _as_rows(texts.slice(max(0, texts.num_rows - _TAIL_ROWS)))
    count = min(footer_length(tail, texts.num_columns, usual), texts.num_rows - 1)
    below = tail[len(tail) - count :]
    reading.footer += [shorten(" ".join(c for c in r if c.strip()), 120) for r in below if any(c.strip() for c in r)]
    reading.blank_rows += sum(1 for r in below if not any(c.strip() for c in r))
    return texts.slice(0, texts.num_rows - count)


def _first_block(texts: pa.Table, blank: Any, reading: Reading) -> pa.Table:
    """Rows up to the first blank one: with header_row the user has named one table of several."""
    flags = blank.to_numpy(zero_copy_only=False)
    begin = next((i for i, b in enumerate(flags) if not b), 0)
    end = next((i for i in range(begin, len(flags)) if flags[i]), len(flags))
    if len(flags) - end > 1:
        reading.notes.append(
            f"read up to the first blank line; {len(flags) - end} lines below it are not part of the table"
        )
    return texts.slice(begin, end - begin)


def _refuse_second_table(texts: pa.Table, gap: int, usual: float, file: _File) -> None:
    begin = max(0, gap - 1)
    at = second_table(_as_rows(texts.slice(begin)), usual)
    if at is None:
        return
    line = file.start + begin + at + 1
    title = next(c for c in _as_rows(texts.slice(begin + at, 1))[0] if c.strip())
    first = file.start if file.reading.header_row is None else file.reading.header_row
    raise DataReadError(
        f"The file holds several tables; the second begins in line {line} ({shorten(title, 60)})",
        value=str(file.path),
        next_step=f"name one by the 0-based line of its column names (header_row={first} is the first table), or split the file",
    )


def _blank(texts: pa.Table) -> Any:
    blank = None
    for column in texts.columns:
        empty = pc.equal(pc.utf8_trim_whitespace(column), "")
        blank = empty if blank is None else pc.and_(blank, empty)
    return pa.chunked_array(blank) if not isinstance(blank, pa.ChunkedArray) else blank


def _as_rows(texts: pa.Table) -> list[list[str]]:
    return [list(row) for row in zip(*(c.to_pylist() for c in texts.columns), strict=True)]


def _without_blank_rows(texts: pa.Table, reading: Reading) -> pa.Table:
    if not texts.num_rows:
        return texts
    blank = _blank(texts)
    count = pc.sum(blank).as_py()
    reading.blank_rows += count
    return texts.filter(pc.invert(blank)) if count else texts


def _without_nameless(texts: pa.Table, layout: Layout, reading: Reading) -> pa.Table:
    """Columns that have neither a name nor a value are the trace of trailing delimiters."""
    if not layout.header:
        return texts
    nameless = [n for n, why in reading.renamed.items() if why.startswith("no name")]
    empty = [n for n in nameless if pc.all(pc.equal(pc.utf8_trim_whitespace(texts.column(n)), ""), min_count=0).as_py()]
    if empty and len(empty) < texts.num_columns:
        reading.dropped_columns = len(empty)
        for name in empty:
            del reading.renamed[name]
        return texts.drop_columns(empty)
    return texts
