from __future__ import annotations

import pytest

from specweave.increments import create_increment
from specweave.problem import Problem
from specweave.witness_file import all_lines, doubt, own_lines, path_of, vouch, write_down
from specweave.workspace import Workspace, write_json

NAME = "reports/load.json"


@pytest.fixture
def folder(tmp_path):
    return create_increment(Workspace.find_or_create(tmp_path), "predict churn", problem=Problem(target="churn"))


def test_a_file_a_tool_wrote_is_not_doubted_whatever_its_layout(folder):
    path = write_json(folder.path / NAME, {"p95": 3.5})
    vouch(folder, path)
    assert doubt(folder, NAME) is None
    path.write_text('{ "p95" : 3.5 }\r\n', "utf-8")
    assert doubt(folder, NAME) is None


def test_edited_made_up_and_deleted_files_are_doubted(folder):
    vouch(folder, write_json(folder.path / NAME, {"p95": 3.5}))
    write_json(folder.path / NAME, {"p95": 0.5})
    assert doubt(folder, NAME) == "was edited since a tool wrote it"
    write_json(folder.path / "reports/other.json", {})
    assert doubt(folder, "reports/other.json") == "was not written by a tool"
    (folder.path / NAME).unlink()
    assert doubt(folder, NAME) == "is gone, and a tool had written it"


def test_nothing_is_doubted_where_there_is_no_witness(folder):
    write_json(folder.path / NAME, {})
    assert doubt(folder, NAME) is None
    assert doubt(folder, "reports/none.json") is None


def test_lines_of_an_increment_that_had_the_number_before_are_not_its_own(folder):
    write_down(folder, {"a": 1})
    metadata = folder.metadata()
    write_json(folder.metadata_file, {**metadata, "created": "2020-01-01T00:00:00Z"})
    write_down(folder, {"a": 2}, sync=False)
    path_of(folder).write_bytes(path_of(folder).read_bytes() + b"\xff not a line\n")
    assert [line["a"] for line in all_lines(folder)] == [1, 2]
    assert [line["a"] for line in own_lines(folder)] == [2]
