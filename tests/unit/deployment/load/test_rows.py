from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

import increment_factory as made
from service_rig import Service, running
from specweave.deployment.load.address import checked_address
from specweave.deployment.load.rows import example_rows, increment_rows, json_rows, json_value
from specweave.errors import DeploymentError

FIELDS = {
    "age": {"type": "number", "examples": [39]},
    "job": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
}


def described(schema, **content):
    """A service whose OpenAPI description holds this schema for the body of /predict."""
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Row"}, **content}}}
    description = {"paths": {"/predict": {"post": {"requestBody": body}}}, "components": {"schemas": {"Row": schema}}}
    return Service(get={"/openapi.json": description})


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (float("nan"), None),
        (float("inf"), None),
        (pd.NaT, None),
        (pd.NA, None),
        (1.5, 1.5),
        (True, True),
        ("ü", "ü"),
        (pd.Timestamp("2026-01-02 03:04"), "2026-01-02T03:04:00"),
        (dt.date(2026, 1, 2), "2026-01-02"),
    ],
)
def test_a_cell_becomes_what_json_can_say(value, written):
    assert json_value(value) == written
    assert type(json_value(value)) is type(written)


def test_a_table_becomes_rows_json_can_write():
    frame = pd.DataFrame({
        "whole": pd.array([1, None], dtype="Int64"),
        "float32": np.array([0.5, np.nan], dtype=np.float32),
        "text": ["a", None],
        "category": pd.Categorical(["x", None]),
        "when": pd.to_datetime(["2026-01-02", None]),
    })  # fmt: skip
    rows = json_rows(frame)
    assert rows[0] == {"whole": 1, "float32": 0.5, "text": "a", "category": "x", "when": "2026-01-02T00:00:00"}
    assert set(rows[1].values()) == {None}
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


def test_this_machine_gets_sealed_rows_and_another_one_training_rows(tmp_path):
    folder = made.place(tmp_path)
    made.sealed(folder)
    here = increment_rows(folder, ["age"], who="test", local=True)
    assert "sealed rows" in here.source
    assert {row["age"] for row in here.rows} == set(range(0, 100, 5))
    assert (folder.data / "accesses.jsonl").is_file()
    elsewhere = increment_rows(folder, ["age"], who="test", local=False)
    assert "training rows" in elsewhere.source
    assert not {row["age"] for row in elsewhere.rows} & set(range(0, 100, 5))


@pytest.mark.parametrize(
    ("service", "rows"),
    [
        (described({"properties": FIELDS, "example": {"age": 1}}), [{"age": 1}]),
        (described({"examples": [{"age": 1}, {"age": 2}]}), [{"age": 1}, {"age": 2}]),
        (described({}, example={"age": 3}), [{"age": 3}]),
        (described({}, examples={"one": {"value": {"age": 4}}}), [{"age": 4}]),
        (described({"properties": FIELDS, "required": ["age"]}), [{"age": 39, "job": None}]),
    ],
    ids=["example", "examples", "of the body", "named", "of the fields"],
)
def test_examples_of_the_description_are_taken(service, rows):
    with running(service):
        assert list(example_rows(checked_address(service.url)).rows) == rows


@pytest.mark.parametrize(
    "service",
    [Service(), described({"properties": {"a": {"type": "number"}}, "required": ["a"]})],
    ids=["no description", "no example"],
)
def test_without_examples_rows_are_asked_for(service):
    with running(service), pytest.raises(DeploymentError, match="no example of a row") as caught:
        example_rows(checked_address(service.url))
    assert "increment=" in caught.value.next_step
