from __future__ import annotations

import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from specweave.data import read_table
from specweave.errors import DataReadError
from specweave.problem import DataSource


def read(workspace, name: str):
    return read_table(DataSource(location=name), workspace)


def test_json_lines_with_objects_inside(workspace):
    rows = [
        {"id": 1, "at": "2024-01-01", "who": {"name": "Ana", "age": 3}},
        {"id": 2, "at": "2024-01-02", "tags": ["x"]},
    ]
    (workspace.root / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    table = read(workspace, "rows.jsonl")
    assert table.reading.format == "json lines"
    assert list(table.frame.columns) == ["id", "at", "who.name", "who.age", "tags"]
    assert table.frame["at"].iloc[1] == pd.Timestamp(2024, 1, 2)
    assert table.frame["tags"].iloc[1] == '["x"]'
    assert table.frame["who.age"].isna().tolist() == [False, True]


def test_a_json_array_and_an_object_around_one(workspace):
    rows = [{"a": 1.5, "b": "x"}, {"a": None, "b": "y"}]
    (workspace.root / "array.json").write_text(json.dumps(rows))
    (workspace.root / "around.json").write_text(json.dumps({"meta": 1, "rows": rows}, indent=1))
    for name in ("array.json", "around.json"):
        assert read(workspace, name).frame["a"].tolist()[0] == 1.5


def test_texts_of_digits_stay_text_in_json(workspace):
    (workspace.root / "rows.json").write_text('[{"zip": "01234"}, {"zip": "99999"}]')
    assert read(workspace, "rows.json").frame["zip"].tolist() == ["01234", "99999"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[{"a": 1}, 2]', "Element 1"),
        ("[]", "no rows"),
        ("[{}, {}]", "no fields"),
        ('{"a": 1, "b": {}\n', "not valid JSON"),
    ],
)
def test_json_that_is_no_table(workspace, content, said):
    (workspace.root / "rows.json").write_text(content)
    with pytest.raises(DataReadError, match=said):
        read(workspace, "rows.json")


def test_parquet_types(workspace):
    table = pa.table(
        {
            "whole": pa.array([1, None, 3], pa.int32()),
            "real": pa.array([1.5, 2.5, None], pa.float32()),
            "truth": pa.array([True, False, True]),
            "gaps": pa.array([True, None, False]),
            "word": pa.array(["a", "b", None]).dictionary_encode(),
            "day": pa.array([0, 1, 2], pa.date32()),
            "at": pa.array([0, 1, 2], pa.timestamp("ns", tz="Europe/Berlin")),
            "list": pa.array([[1], [2], None]),
        }
    )
    pq.write_table(table, workspace.root / "rows.parquet")
    found = read(workspace, "rows.parquet")
    assert [c.kind for c in found.reading.columns] == [
        "integer",
        "number",
        "boolean",
        "text",
        "text",
        "datetime",
        "datetime",
        "text",
    ]
    assert found.frame["whole"].isna().sum() == 1
    assert found.frame["gaps"].tolist()[0] == "true"
    assert str(found.frame["at"].dtype) == "datetime64[us]"


def test_a_stored_pandas_index_is_left_out(workspace):
    pd.DataFrame({"a": [1, 2, 3]}, index=[5, 6, 8]).to_parquet(workspace.root / "rows.parquet")
    found = read(workspace, "rows.parquet")
    assert list(found.frame.columns) == ["a"]
    assert found.frame.index.tolist() == [0, 1, 2]
