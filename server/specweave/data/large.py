"""Text files too large for memory: staged by DuckDB on disk, column by column, under a memory limit."""

# ruff: noqa: S608  # every name that enters a statement is a column of the table, quoted
from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from specweave.data.cells import CURRENCY
from specweave.data.compression import Compression, unpack_to
from specweave.data.delimited import Head, read_head
from specweave.data.encoding import decode
from specweave.data.frames import arrow_table
from specweave.data.reading import ColumnReading, Reading
from specweave.errors import DataReadError, StorageError, shorten
from specweave.problem import DataSource
from specweave.workspace import Workspace, storage_errors

LARGE_BYTES = 192 * 2**20
PACKED_LARGE_BYTES = LARGE_BYTES // 6
MEMORY_LIMIT = "1200MB"
_HEAD_BYTES = 4 * 2**20
_PROBES, _PROBE_BYTES = 16, 128 * 1024
_TYPES = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "empty": "DOUBLE",
    "boolean": "BOOLEAN",
    "datetime": "TIMESTAMP",
    "text": "VARCHAR",
}


def is_large(path: Path, how: Compression | None) -> bool:
    """True when the unpacked text would not sit comfortably in memory."""
    return path.stat().st_size > (PACKED_LARGE_BYTES if how else LARGE_BYTES)


@dataclass
class Staged:
    """The typed rows in a DuckDB table `staged`, whose rowid is the row number."""

    connection: Any
    columns: list[ColumnReading]
    n_rows: int = 0
    names: list[str] = field(default_factory=list)

    def table(self) -> pa.Table:
        """All rows in memory."""
        return pa.concat_tables(self.batches(1_000_000))

    def batches(self, rows: int) -> Iterator[pa.Table]:
        """All rows in order, a piece at a time."""
        for start in range(0, self.n_rows, rows):
            piece = "SELECT * FROM staged WHERE rowid >= ? AND rowid < ? ORDER BY rowid"
            yield arrow_table(self.connection, piece, [start, start + rows])


@contextlib.contextmanager
def staged(
    path: Path, how: Compression | None, source: DataSource, workspace: Workspace, reading: Reading
) -> Iterator[Staged]:
    """The file's rows as a table on disk, removed again afterwards.

    Raises DataReadError for ragged rows (first line and count) and StorageError when the disk is full.
    """
    import duckdb

    with storage_errors(workspace.folder), _scratch(workspace) as scratch:
        plain = _utf8(path, how, source, scratch, reading)
        head = _probed(plain, path, source, reading)
        config: dict[str, Any] = {
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(scratch / "spill"),
            "threads": str(min(4, os.cpu_count() or 2)),
        }
        try:
            with duckdb.connect(str(scratch / "staged.duckdb"), config=config) as connection:
                rows = Staged(connection, reading.columns, names=[c.name for c in reading.columns])
                _load(rows, plain, head, path)
                yield rows
        except duckdb.IOException as error:
            raise StorageError(
                f"The temporary table could not be written: {shorten(error)}",
                value=str(scratch),
                next_step="free disk space and repeat the call",
            ) from error
        except duckdb.Error as error:
            raise DataReadError(f"The rows do not load: {shorten(error)}", value=str(path)) from error


@contextlib.contextmanager
def _scratch(workspace: Workspace) -> Iterator[Path]:
    parent = workspace.folder / "tmp"
    parent.mkdir(parents=True, exist_ok=True)
    _sweep(parent)
    scratch = Path(tempfile.mkdtemp(prefix=f"table-{os.getpid()}-", dir=parent))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Remove what processes that were killed have left behind."""
    import psutil

    for left in parent.glob("table-*-*"):
        owner = left.name.split("-")[1]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def _utf8(path: Path, how: Compression | None, source: DataSource, scratch: Path, reading: Reading) -> Path:
    """The file itself, or an unpacked or recoded copy of it."""
    plain = path
    if how:
        plain = scratch / "unpacked"
        unpack_to(path, how, plain)
    with plain.open("rb") as stream:
        start = stream.read(_HEAD_BYTES)
    start = start[: start.rfind(b"\n") + 1] or start
    decoded = decode(start, path, source.encoding)
    reading.encoding = decoded.encoding
    if decoded.note:
        reading.notes.append(decoded.note)
    if decoded.encoding in ("ascii", "utf-8"):
        return plain
    recoded = scratch / "recoded"
    with (
        plain.open(encoding=decoded.encoding, newline="") as source_text,
        recoded.open("w", encoding="utf-8", newline="") as out,
    ):
        shutil.copyfileobj(source_text, out, 2**20)
    return recoded


def _probed(plain: Path, path: Path, source: DataSource, reading: Reading) -> Head:
    """Dialect, names and types, judged on the file's start and on pieces spread over the rest."""
    size = plain.stat().st_size
    with plain.open("rb") as stream:
        start = stream.read(_HEAD_BYTES)
        pieces = [start[: start.rfind(b"\n") + 1]]
        for k in range(1, _PROBES + 1):
            stream.seek(max(_HEAD_BYTES, k * (size - _PROBE_BYTES) // _PROBES))
            stream.readline()
            piece = stream.read(_PROBE_BYTES)
            pieces.append(piece[: piece.rfind(b"\n") + 1])
    trial = Reading(location=reading.location, format="text")
    try:
        head = read_head(b"".join(pieces), path, source, trial)
    except DataReadError:
        # A piece may begin inside a quoted text with line breaks; the start alone never does.
        trial = Reading(location=reading.location, format="text")
        head = read_head(pieces[0], path, source, trial)
    found = trial.model_dump(
        exclude={"location", "encoding", "notes", "size_bytes", "compression", "blank_rows", "repeated_headers"}
    )
    for name in found:
        setattr(reading, name, getattr(trial, name))
    reading.notes += trial.notes
    reading.notes.append(
        f"a large file: types were judged on {head.rows:,} rows spread over it and then enforced on all rows"
    )
    return head


def _load(rows: Staged, plain: Path, head: Head, path: Path) -> None:
    import duckdb

    for _ in range(len(rows.columns) + 1):
        try:
            rows.connection.execute("DROP TABLE IF EXISTS staged")
            rows.connection.execute(f"CREATE TABLE staged AS {_selection(rows, plain, head)}")
            break
        except duckdb.Error as error:
            _demote(rows, error)
    _judge_rejects(rows, path)
    rows.n_rows = rows.connection.execute("SELECT count(*) FROM staged").fetchall()[0][0]


def _demote(rows: Staged, error: Exception) -> None:
    """Make text of the column whose value did not convert; any other failure is passed on."""
    _marker, _, rest = str(error).partition("not-convertible:")
    position, _, value = rest.partition(":")
    if not rest or not position.isdecimal():
        raise error
    column = rows.columns[int(position)]
    column.notes.append(
        f"mixed: the value {shorten(value.splitlines()[0], 40)!r} is no {column.kind}; the column stays text"
    )
    column.kind, column.missing_marks, column.date_forms = "text", {}, []


def _selection(rows: Staged, plain: Path, head: Head) -> str:
    raw = [f"r{j}" for j in range(head.width)]
    columns = "{" + ", ".join(f"'{r}': 'VARCHAR'" for r in raw) + "}"
    options = [
        _quoted(str(plain)),
        "auto_detect=false",
        "header=false",
        f"skip={head.first_line}",
        f"columns={columns}",
        f"delim={_quoted(head.dialect.delimiter)}",
        f"quote={_quoted(head.dialect.quote or '')}",
        f"escape={_quoted(head.dialect.escape or head.dialect.quote or '')}",
        "store_rejects=true",
        "rejects_limit=1000000",
    ]
    kept = [j for j in range(head.width) if head.kept[j] is not None]
    chosen = [
        f"{_typed(j, position, rows.columns[position])} AS {_name(rows.columns[position].name)}"
        for position, j in enumerate(kept)
    ]
    repeated = (
        " AND ".join(f"trim(r{j}) = {_quoted(head.header[j])}" for j in kept[:4] if j < len(head.header))
        if head.header
        else ""
    )
    blank = " AND ".join(f"coalesce(trim({r}), '') = ''" for r in raw)
    return f"SELECT {', '.join(chosen)} FROM read_csv({', '.join(options)}) WHERE NOT ({blank})" + (
        f" AND NOT coalesce({repeated}, false)" if repeated else ""
    )


def _typed(raw: int, position: int, column: ColumnReading) -> str:
    """SQL for the typed value; a text that does not convert stops the load with a message naming the column."""
    text = f"trim(r{raw})"
    marks = ", ".join(_quoted(m) for m in ("", *column.missing_marks))
    value = f"CASE WHEN {text} IN ({marks}) THEN NULL ELSE {text} END"
    if column.kind == "text":
        return value
    target = _TYPES[column.kind]
    tried = _tried(text, column)
    failed = f"CAST(error('not-convertible:{position}:' || {text}) AS {target})"
    return f"CASE WHEN {text} IS NULL OR {text} IN ({marks}) THEN NULL ELSE coalesce({tried}, {failed}) END"


def _tried(text: str, column: ColumnReading) -> str:
    if column.kind == "datetime":
        return f"coalesce({', '.join(_moment(text, form) for form in column.date_forms)})"
    if column.removed:
        text = f"regexp_replace({text}, '{CURRENCY}|%', '', 'g')"
    if column.thousands:
        text = f"replace({text}, {_quoted(column.thousands)}, '')"
    if column.decimal == ",":
        text = f"replace({text}, ',', '.')"
    return f"TRY_CAST({text} AS {_TYPES[column.kind]})"


def _moment(text: str, form: str) -> str:
    if form in ("year-month-day", "year/month/day", "ISO 8601 with zone"):
        zoned = form.startswith("ISO")
        return (
            f"TRY_CAST(TRY_CAST({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP)"
            if zoned
            else f"TRY_CAST(replace({text}, '/', '-') AS TIMESTAMP)"
        )
    pattern = _WORDED.get(form) or [
        form.replace("day", "%d").replace("month", "%m").replace("year", "%Y").replace("yy", "%y")
    ]
    clocks = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f", "T%H:%M:%S")
    listed = ", ".join(_quoted(p + clock) for p in pattern for clock in clocks)
    return f"try_strptime({text}, [{listed}])"


_WORDED = {
    "year.month.day": ["%Y.%m.%d"],
    "month day, year": ["%b %d, %Y", "%B %d, %Y", "%b %d %Y"],
    "day month year": ["%d %b %Y", "%d-%b-%Y", "%d %B %Y"],
    "day month short year": ["%d %b %y", "%d-%b-%y"],
    "month-year": ["%b-%y", "%b %y"],
    "month year": ["%b %Y", "%b-%Y", "%B %Y"],
    "yyyymmdd": ["%Y%m%d"],
    "year-month": ["%Y-%m"],
}


def _judge_rejects(rows: Staged, path: Path) -> None:
    first, count, last = rows.connection.execute(
        "SELECT min(line), count(DISTINCT line), max(line) FROM reject_errors"
    ).fetchall()[0]
    if not count:
        return
    if last - first + 1 > count or count > 50:
        text = rows.connection.execute("SELECT csv_line FROM reject_errors ORDER BY line LIMIT 1").fetchall()[0][0]
        raise DataReadError(
            f"Line {first} does not have the table's {len(rows.columns)} cells; {count} lines differ in all: {shorten(text, 80)}",
            value=str(path),
            next_step="correct the lines, or name the delimiter or header_row if they were detected wrongly",
        )


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
