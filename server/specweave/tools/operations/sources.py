"""From a tool's arguments to the definition of a data source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from specweave.errors import DataError, listing
from specweave.problem import DataSource, Problem
from specweave.progress import Progress
from specweave.tools.contract import ReadingArguments
from specweave.workspace import Workspace

if TYPE_CHECKING:
    from specweave.data import Profile, Table

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
        source = DataSource(location=given.data, query=given.query, **options)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise DataError(f"reading.{first['loc'][0]}: {first['msg']}", value=first.get("input")) from error
    return _placed(source, workspace, given.allow_outside)


def _placed(source: DataSource, workspace: Workspace, allow_outside: bool) -> DataSource:
    """The source with its file found; leave to go outside is recorded only where the file does lie outside."""
    from specweave.data.source import file_of

    found = file_of(source.model_copy(update={"allow_outside": allow_outside}), workspace)
    if found is None:
        return source
    outside = not found.is_relative_to(workspace.root.resolve())
    location = source.location if "://" in source.location else workspace.relative(found)
    return source.model_copy(update={"location": location, "allow_outside": outside})


@dataclass(frozen=True)
class Subject:
    """A source that has been opened: its columns, and its rows where they fit into memory."""

    source: DataSource
    workspace: Workspace
    table: Table | None

    @property
    def columns(self) -> list[str]:
        """The names of the columns; none for a file too large to open before it is profiled."""
        return [] if self.table is None else [str(name) for name in self.table.frame.columns]

    def profile(self, target: str | None, progress: Progress) -> Profile:
        """The profile, with the target's part when it is named."""
        from specweave import data

        if self.table is None:
            return data.profile(self.source, self.workspace, target=target, progress=progress)
        return data.profile_table(self.table, target, progress)

    def resolved(self, problem: Problem, profile: Profile) -> Problem:
        """The problem with task, metric and positive class read from the target, where there is one.

        Raises ProblemError when the data cannot answer it.
        """
        from specweave.problems import problem_kind

        if self.table is None or problem.target is None:
            return problem
        return problem_kind(problem.kind).resolve(problem, self.table.frame, profile)


def opened(source: DataSource, workspace: Workspace, progress: Progress) -> Subject:
    """Read the source, unless it is too large for memory."""
    from specweave.data.source import large_file, read_table

    progress(0, 1, "reading the table")
    table = None if large_file(source, workspace) else read_table(source, workspace)
    return Subject(source, workspace, table)
