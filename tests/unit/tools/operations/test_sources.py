from __future__ import annotations

import pytest

from specweave.errors import OutsideWorkspaceError, StorageError
from specweave.tools.contract import ReadingArguments
from specweave.tools.operations.sources import data_source


@pytest.fixture
def inside(workspace):
    path = workspace.root / "rows.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    return path


@pytest.mark.parametrize("form", ["{}", "file://{}", "sqlite:///{}", "duckdb:///{}"])
def test_leave_to_go_outside_is_recorded_only_for_a_file_that_lies_outside(workspace, inside, tmp_path, form):
    near = data_source(ReadingArguments(data=form.format(inside), allow_outside=True), workspace)
    assert not near.allow_outside
    outside = tmp_path / "far.csv"
    outside.write_text("a,b\n1,2\n3,4\n")
    location = form.format(f"/{outside}" if "sqlite" in form or "duckdb" in form else outside)
    assert data_source(ReadingArguments(data=location, allow_outside=True), workspace).allow_outside
    with pytest.raises(OutsideWorkspaceError):
        data_source(ReadingArguments(data=location), workspace)


def test_a_file_is_named_relative_to_the_project_and_has_to_exist(workspace, inside):
    assert data_source(ReadingArguments(data=str(inside)), workspace).location == "rows.csv"
    assert data_source(ReadingArguments(data="duckdb:///rows.csv"), workspace).location == "duckdb:///rows.csv"
    with pytest.raises(StorageError, match="No such file"):
        data_source(ReadingArguments(data="duckdb:///none.duckdb"), workspace)


def test_a_server_is_no_file(workspace):
    found = data_source(ReadingArguments(data="postgresql://host/db", allow_outside=True), workspace)
    assert not found.allow_outside
