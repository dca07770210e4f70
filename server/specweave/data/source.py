"""One door for every table: the kind of source is recognised by its first bytes, the name being only a hint."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa

from specweave.data import large
from specweave.data.compression import (
    FORMATS,
    Compression,
    first_bytes,
    packed_as,
    refuse_foreign,
    unpack,
    unpacked_start,
)
from specweave.data.database import read_duckdb, read_server, read_sqlite, without_password
from specweave.data.delimited import read_delimited
from specweave.data.frames import plain_columns, to_frame
from specweave.data.reading import Reading, Table
from specweave.data.records import looks_like_json, read_json, read_parquet
from specweave.data.workbook import read_workbook, refuse_old_workbook
from specweave.errors import DataReadError
from specweave.problem import DataSource
from specweave.workspace import Workspace


def read_table(source: DataSource, workspace: Workspace) -> Table:
    """Every row of the source, typed, with a record of how it was read.

    Raises
    ------
    DataReadError
        The source is no table, is damaged or ragged (the line is named), or holds fewer than two rows.
    OutsideWorkspaceError
        The file lies outside the project and allow_outside is not set.
    MissingDependencyError
        A database driver is not installed.
    """
    reading = Reading(location=without_password(source.location), format="")
    table = _arrow(source, workspace, reading)
    _need_rows(table, reading)
    return Table(to_frame(table), reading)


def file_of(source: DataSource, workspace: Workspace) -> Path | None:
    """The local file the source names, after the guard against paths outside the project; None for a server."""
    location = source.location.strip()
    scheme, marked, rest = location.partition("://")
    if not marked:
        return workspace.resolve_input(location, allow_outside=source.allow_outside)
    if scheme in ("sqlite", "duckdb", "file"):
        # Three slashes and a relative path, four and an absolute one, as SQLAlchemy writes it.
        path = unquote(rest) if scheme == "file" else unquote(rest).removeprefix("/")
        return workspace.resolve_input(path, allow_outside=source.allow_outside)
    return None


def large_file(source: DataSource, workspace: Workspace) -> tuple[Path, Compression | None] | None:
    """The path and packing of a delimited text file too large for memory; None for every other source."""
    path = file_of(source, workspace)
    if path is None:
        return None
    head = first_bytes(path)
    how = packed_as(path, head)
    binary = head.startswith((b"SQLite format 3\x00", b"PAR1", b"\xd0\xcf\x11\xe0")) or head[8:12] == b"DUCK"
    workbook = head.startswith(b"PK\x03\x04") and how is None
    if binary or workbook or not large.is_large(path, how) or looks_like_json(unpacked_start(path, how)):
        return None
    return path, how


def _arrow(source: DataSource, workspace: Workspace, reading: Reading) -> pa.Table:
    path = file_of(source, workspace)
    if path is None:
        return _from_server(source, reading)
    head = first_bytes(path)
    reading.size_bytes = path.stat().st_size
    stored = _stored(path, head, source, reading)
    if stored is not None:
        return plain_columns(stored, reading)
    how = packed_as(path, head)
    reading.compression = how
    return _text_table(path, how, source, workspace, reading)


def _from_server(source: DataSource, reading: Reading) -> pa.Table:
    scheme = source.location.split("://", 1)[0]
    if scheme.startswith("postgres"):
        return plain_columns(read_server(source.location, source, reading), reading)
    raise DataReadError(
        "Tables cannot be read from such an address",
        value=without_password(source.location),
        allowed="a file path, sqlite:///, duckdb:/// or postgresql://",
        next_step="download the file into the project" if scheme.startswith(("http", "s3", "ftp")) else None,
    )


def _stored(path: Path, head: bytes, source: DataSource, reading: Reading) -> pa.Table | None:
    """The table of a binary format that carries its own types; None for text."""
    if head.startswith(b"SQLite format 3\x00"):
        return read_sqlite(path, source, reading)
    if head[8:12] == b"DUCK":
        return read_duckdb(path, source, reading)
    if head.startswith(b"PAR1"):
        reading.format = "parquet"
        return read_parquet(path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        refuse_old_workbook(path)
    if head.startswith(b"PK\x03\x04") and packed_as(path, head) is None:
        reading.format = "xlsx"
        return read_workbook(path, source, reading)
    refuse_foreign(path, head)
    if source.location.startswith(("sqlite:", "duckdb:")) or (source.query and not _may_be_text(head)):
        raise DataReadError("The file is not a database", value=str(path), allowed="a SQLite or DuckDB file")
    return None


def _may_be_text(head: bytes) -> bool:
    return b"\x00" not in head


def _text_table(
    path: Path, how: Compression | None, source: DataSource, workspace: Workspace, reading: Reading
) -> pa.Table:
    if source.query:
        raise DataReadError(
            "A query needs a database; this is a text file", value=str(path), next_step="leave out query"
        )
    if large.is_large(path, how) and not looks_like_json(unpacked_start(path, how)):
        reading.format = "text"
        with large.staged(path, how, source, workspace, reading) as rows:
            return rows.table()
    content = unpack(path, how)
    if not content.strip():
        raise DataReadError("The file is empty", value=str(path), next_step="name a file with rows")
    if looks_like_json(content[:4096]):
        return plain_columns(read_json(content, path, reading, source.encoding), reading)
    reading.format = "text"
    refuse_foreign(path, content[:16])
    return read_delimited(content, path, source, reading)


def _need_rows(table: pa.Table, reading: Reading) -> None:
    if table.num_columns == 0:
        raise DataReadError("The table has no columns", value=reading.location, allowed=FORMATS)
    if table.num_rows < 2:
        rows = "one row" if table.num_rows else "column names but no row"
        raise DataReadError(f"The table has {rows}; nothing can be learnt from that", value=reading.location)
