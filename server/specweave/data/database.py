"""Queries and tables of SQLite, DuckDB and PostgreSQL, read only."""

from __future__ import annotations

import contextlib
import re
import shlex
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa

from specweave.data.frames import arrow_table, from_values
from specweave.data.reading import Reading
from specweave.errors import DataReadError, MissingDependencyError, listing, shorten
from specweave.problem import DataSource

_DRIVERS = ("psycopg", "psycopg2", "pg8000")
_SQL_STEP = "give query='SELECT … FROM …', or sheet with a table's name"


def without_password(url: str) -> str:
    """The URL as it may be written into a record."""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)


def read_sqlite(path: Path, source: DataSource, reading: Reading) -> pa.Table:
    """The result of the query, or the table named, or the only table there is."""
    reading.format = "sqlite"
    with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        # A query may read this file and no other.
        connection.set_authorizer(_no_attach)
        try:
            known = [
                r[0]
                for r in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"
                )
            ]
            cursor = connection.execute(_statement(source, known, reading))
            return _columns(cursor.description, cursor)
        except sqlite3.Error as error:
            raise _refused(error, source, path) from error


def _no_attach(action: int, *_: Any) -> int:
    return sqlite3.SQLITE_DENY if action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH) else sqlite3.SQLITE_OK


def read_duckdb(path: Path, source: DataSource, reading: Reading) -> pa.Table:
    """As read_sqlite, for a DuckDB file; the query reads and writes no other file, whatever the source allows."""
    import duckdb

    reading.format = "duckdb"
    # allow_outside is about the database file itself. A query that could reach files would also write them.
    closed: dict[str, Any] = {"enable_external_access": "false"}
    try:
        with duckdb.connect(str(path), read_only=True, config=closed) as connection:
            known = [
                r[0]
                for r in connection.execute("SELECT table_name FROM information_schema.tables ORDER BY 1").fetchall()
            ]
            return arrow_table(connection, _statement(source, known, reading))
    except duckdb.Error as error:
        raise _refused(error, source, path) from error


def read_server(url: str, source: DataSource, reading: Reading) -> pa.Table:
    """The result of a query on a database server, through SQLAlchemy in a read-only transaction."""
    reading.format = "postgresql"
    if not source.query and not source.sheet:
        raise DataReadError("A database server needs a query", value=without_password(url), next_step=_SQL_STEP)
    try:
        import sqlalchemy
    except ImportError as error:
        raise MissingDependencyError.package(
            "sqlalchemy", "Reading from PostgreSQL", _install("sqlalchemy", "psycopg[binary]")
        ) from error
    engine = sqlalchemy.create_engine(_with_driver(url))
    try:
        return _fetched(engine, source, reading)
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise _refused(getattr(error, "orig", None) or error, source, without_password(url)) from error
    finally:
        engine.dispose()


def _fetched(engine: Any, source: DataSource, reading: Reading) -> pa.Table:
    import sqlalchemy

    options = {"postgresql_readonly": True} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**options) as connection:
        known = [] if source.query else sqlalchemy.inspect(connection).get_table_names()
        result = connection.execution_options(stream_results=True).execute(
            sqlalchemy.text(_statement(source, known, reading))
        )
        names = result.keys()
        return _columns([(name,) for name in names], map(tuple, result))


def _with_driver(url: str) -> str:
    """The URL with the PostgreSQL driver that is installed; psycopg 3 before psycopg 2."""
    scheme, rest = url.split("://", 1)
    if scheme not in ("postgresql", "postgres"):
        return url
    driver = next((d for d in _DRIVERS if find_spec(d)), None)
    if driver is None:
        raise MissingDependencyError.package("psycopg", "Reading from PostgreSQL", _install("psycopg[binary]"))
    return f"postgresql+{driver}://{rest}"


def _install(*packages: str) -> str:
    """The command that installs into the environment this runs in, which is not the user's own."""
    pip = [sys.executable, "-m", "pip", "install"]
    uv = ["uv", "pip", "install", "--python", sys.executable]
    return shlex.join([*(pip if find_spec("pip") else uv), *packages])


def _statement(source: DataSource, known: Sequence[str], reading: Reading) -> str:
    if source.query:
        reading.query = source.query
        return source.query
    if source.sheet is None and len(known) == 1:
        reading.sheet = known[0]
    elif source.sheet in known:
        reading.sheet = source.sheet
    elif source.sheet is not None:
        raise DataReadError(
            "The database has no table by that name", value=source.sheet, allowed=listing(known) or "it has none"
        )
    else:
        what = f"The database holds {len(known)} tables" if known else "The database holds no table"
        raise DataReadError(what, value=listing(known) or None, next_step=_SQL_STEP if known else None)
    quoted = str(reading.sheet).replace('"', '""')
    return f'SELECT * FROM "{quoted}"'  # noqa: S608  # the name is one of the database's own


def _columns(description: Any, rows: Iterator[Any]) -> pa.Table:
    if description is None:
        raise DataReadError("The statement returns no rows", next_step="give a SELECT")
    names = _distinct([d[0] for d in description])
    pieces: list[list[Any]] = [[] for _ in names]
    for row in rows:
        for piece, value in zip(pieces, row, strict=True):
            piece.append(value)
    return from_values(dict(zip(names, pieces, strict=True)))


def _distinct(names: list[str]) -> list[str]:
    found: list[str] = []
    for wanted in names:
        name, number = wanted, 2
        while name in found:
            name, number = f"{wanted}_{number}", number + 1
        found.append(name)
    return found


def _refused(error: BaseException, source: DataSource, where: object) -> DataReadError:
    what = "The query fails" if source.query else "The database does not load"
    return DataReadError(
        f"{what}: {shorten(error)}",
        value=source.query or str(where),
        next_step="correct the query" if source.query else None,
    )
