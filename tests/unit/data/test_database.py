from __future__ import annotations

import shlex
import sqlite3
import sys

import duckdb
import pytest

from specweave.data import read_table
from specweave.data.database import read_server, without_password
from specweave.data.reading import Reading
from specweave.errors import DataReadError, MissingDependencyError, OutsideWorkspaceError
from specweave.problem import DataSource

ROWS = [(1, "2024-01-01", 1.5), (2, "2024-01-02", None), (3, "2024-01-03", 3.0)]


@pytest.fixture
def sqlite(workspace):
    path = workspace.root / "data base.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sales (id INTEGER, day TEXT, price REAL)")
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?)", ROWS)
    connection.close()
    return path


@pytest.fixture
def duck(workspace):
    path = workspace.root / "x.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE sales AS SELECT range AS id, DATE '2024-01-01' + range::INT AS day FROM range(5)"
        )
        connection.execute("CREATE TABLE other AS SELECT 1 AS a")
    return path


def read(workspace, location, **settings):
    return read_table(DataSource(location=str(location), **settings), workspace)


def test_the_only_table_of_a_sqlite_file_by_path_or_url(workspace, sqlite):
    for location in (sqlite, "data base.db", "sqlite:///data base.db", f"sqlite:////{str(sqlite).lstrip('/')}"):
        table = read(workspace, location)
        assert [(c.name, c.kind) for c in table.reading.columns] == [
            ("id", "integer"),
            ("day", "datetime"),
            ("price", "number"),
        ]
        assert table.reading.sheet == "sales"
    assert table.frame["price"].isna().sum() == 1


def test_a_query_is_run_and_recorded(workspace, sqlite):
    table = read(workspace, sqlite, query="SELECT id, id * 2 AS id FROM sales WHERE id > 1")
    assert table.frame.to_dict("list") == {"id": [2, 3], "id_2": [4, 6]}
    assert table.reading.query.startswith("SELECT id")


@pytest.mark.parametrize(
    "query", ["SELECT nothing FROM sales", "SELEC 1", "DELETE FROM sales", "ATTACH 'other.db' AS o"]
)
def test_a_wrong_or_writing_query_fails_with_the_databases_words(workspace, sqlite, query):
    with pytest.raises(DataReadError) as caught:
        read(workspace, sqlite, query=query)
    assert caught.value.value == query
    assert len(read(workspace, sqlite).frame) == 3


def test_an_unknown_table_lists_those_there_are(workspace, sqlite, duck):
    for location in (sqlite, duck):
        with pytest.raises(DataReadError, match="sales"):
            read(workspace, location, sheet="nope")


def test_several_tables_need_a_name_or_a_query(workspace, duck):
    with pytest.raises(DataReadError, match="2 tables"):
        read(workspace, duck)
    assert len(read(workspace, "duckdb:///x.duckdb", sheet="sales").frame) == 5
    assert read(workspace, duck, query="SELECT max(id) AS top FROM sales UNION ALL SELECT 7").frame["top"].tolist() == [
        4,
        7,
    ]


@pytest.mark.parametrize("allow_outside", [False, True])
def test_a_duckdb_query_cannot_reach_other_files(workspace, duck, tmp_path, allow_outside):
    outside, made = tmp_path / "secret.csv", tmp_path / "made.csv"
    outside.write_text("a,b\n1,2\n3,4\n")
    for query in (
        f"SELECT * FROM read_csv('{outside}')",
        f"COPY sales TO '{made}'",
        f"SET enable_external_access = true; COPY sales TO '{made}'",
        f"ATTACH '{made}'; SELECT * FROM sales",
        "CREATE TABLE more AS SELECT 1 AS a",
    ):
        with pytest.raises(DataReadError):
            read(workspace, duck, query=query, allow_outside=allow_outside)
    assert not made.exists()


def test_a_duckdb_file_outside_is_read_where_that_is_allowed(workspace, duck, tmp_path):
    moved = duck.rename(tmp_path / "elsewhere.duckdb")
    with pytest.raises(OutsideWorkspaceError):
        read(workspace, moved, sheet="sales")
    assert len(read(workspace, moved, sheet="sales", allow_outside=True).frame) == 5


def test_a_text_file_is_no_database(workspace):
    (workspace.root / "rows.db").write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(DataReadError, match="not a database"):
        read(workspace, "sqlite:///rows.db")


def test_a_server_is_read_through_sqlalchemy(workspace, sqlite):
    pytest.importorskip("sqlalchemy")
    source = DataSource(location=f"sqlite:///{sqlite}", query="SELECT * FROM sales")
    table = read_server(source.location, source, Reading(location="", format=""))
    assert table.num_rows == 3
    with pytest.raises(DataReadError, match="no such table"):
        read_server(
            source.location, DataSource(location="", query="SELECT * FROM nope"), Reading(location="", format="")
        )


@pytest.mark.parametrize(("pip", "command"), [(True, "{} -m pip install "), (False, "uv pip install --python {} ")])
def test_a_missing_driver_names_the_command_for_this_environment(workspace, monkeypatch, pip, command):
    monkeypatch.setattr("specweave.data.database._DRIVERS", ("no_such_driver",))
    monkeypatch.setattr("specweave.data.database.find_spec", lambda name: object() if pip and name == "pip" else None)
    with pytest.raises(MissingDependencyError) as caught:
        read(workspace, "postgresql://me:secret@host/db", query="SELECT 1")
    assert command.format(shlex.quote(sys.executable)) + "'psycopg[binary]'" in str(caught.value)


def test_a_server_needs_a_query(workspace):
    with pytest.raises(DataReadError, match="needs a query") as caught:
        read(workspace, "postgresql://me:secret@host/db")
    assert "secret" not in str(caught.value)


def test_passwords_are_never_written():
    assert without_password("postgresql://me:s3cr:et@host/db") == "postgresql://me:***@host/db"
    assert without_password("data/rows.csv") == "data/rows.csv"
