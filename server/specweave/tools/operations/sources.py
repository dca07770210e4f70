"""From a tool's arguments to the definition of a data source."""

from __future__ import annotations

from pydantic import ValidationError

from specweave.errors import DataError, listing
from specweave.problem import DataSource
from specweave.tools.contract import ReadingArguments
from specweave.workspace import Workspace

_READING = ("delimiter", "encoding", "header_row", "decimal", "thousands", "missing_marks", "sheet")


def data_source(given: ReadingArguments, workspace: Workspace) -> DataSource | None:
    """The source the caller named, its file checked to exist inside the project; nothing when none is named."""
    if given.data is None:
        return None
    options = given.reading or {}
    unknown = sorted(set(options) - set(_READING))
    if unknown:
        raise DataError("reading has an unknown key", value=unknown[0], allowed=listing(_READING))
    try:
        source = DataSource(location=given.data, query=given.query, allow_outside=given.allow_outside, **options)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise DataError(f"reading.{first['loc'][0]}: {first['msg']}", value=first.get("input")) from error
    if "://" not in given.data:
        found = workspace.resolve_input(given.data, allow_outside=given.allow_outside)
        source.location = workspace.relative(found)
    return source
