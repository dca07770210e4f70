"""profile_data."""

from __future__ import annotations

from pathlib import Path

from specweave import data, increments
from specweave.errors import DataError
from specweave.problem import DataSource
from specweave.tools.answers import bounded, bullets, paths
from specweave.tools.calls import Call
from specweave.tools.operations.sources import data_source
from specweave.workspace import IncrementFolder, Workspace


def profile_data(call: Call) -> str:
    """Profile the increment's data, or a table of its own; the increment's plan follows what was found."""
    given = call.arguments
    workspace = call.workspace if given.increment else call.workspace_or_new()
    folder = workspace.increment(given.increment) if given.increment else None
    source, target = _subject(call, workspace, folder)
    profile = data.profile(source, workspace, target=target, progress=call.progress)
    written = data.write_profile(profile, folder.reports if folder else _own_folder(workspace, source))
    if folder:
        increments.refresh_plan(folder, profile)
    found = [f"{f.severity}: {f.sentence}" for f in profile.findings]
    return bounded(
        [
            f"{source.location}: {profile.n_rows:,} rows × {profile.n_columns} columns; {len(found)} findings.",
            f"Read as: {profile.reading.summary()}",
            *bullets(found, most=15),
            *paths(workspace, written),
        ]
    )


def _subject(call: Call, workspace: Workspace, folder: IncrementFolder | None) -> tuple[DataSource, str | None]:
    given = call.arguments
    named = data_source(given, workspace)
    if folder is None:
        if named is None:
            raise DataError(
                "Nothing to profile",
                allowed="an increment, or data with a path or URL",
                next_step='call profile_data with data="path/to/table.csv"',
            )
        return named, given.target
    problem = increments.read_problem(folder)
    if named:
        problem.data = named
    if given.target:
        problem.target = given.target
    if problem.data is None:
        raise DataError(
            f"Increment {folder.id} names no data",
            next_step=f'call profile_data with increment="{folder.id}" and data="path/to/table.csv"',
        )
    if named or given.target:
        increments.write_problem(folder, problem)
    return problem.data, problem.target


def _own_folder(workspace: Workspace, source: DataSource) -> Path:
    name = Path(source.location.split("?")[0]).name or "table"
    return workspace.folder / "profiles" / "".join(c if c.isalnum() or c in "-_." else "-" for c in name)
