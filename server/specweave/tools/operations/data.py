"""profile_data."""

from __future__ import annotations

from pathlib import Path

from specweave import data, increments
from specweave.errors import DataError
from specweave.problem import DataSource, Problem
from specweave.tools.answers import bounded, bullets, paths
from specweave.tools.calls import Call
from specweave.tools.operations.sources import data_source, opened
from specweave.workspace import IncrementFolder, Workspace


def profile_data(call: Call) -> str:
    """Profile the increment's data, or a table of its own; the increment's plan follows what was found."""
    given = call.arguments
    workspace = call.workspace if given.increment else call.workspace_or_new()
    folder = workspace.increment(given.increment) if given.increment else None
    problem = _problem(call, workspace, folder)
    subject = opened(_source(problem, folder), workspace, call.progress)
    profile = subject.profile(problem.target, call.progress)
    problem = subject.resolved(problem, profile)
    written = data.write_profile(profile, folder.reports if folder else _own_folder(workspace, subject.source))
    if folder:
        increments.write_problem(folder, problem)
        increments.refresh_plan(folder, profile, problem)
        increments.mark_done(folder, "data")
    found = [f"{f.severity}: {f.sentence}" for f in profile.findings]
    return bounded(
        [
            f"{subject.source.location}: {profile.n_rows:,} rows × {profile.n_columns} columns; {len(found)} findings.",
            f"Read as: {profile.reading.summary()}",
            *bullets(found, most=15),
            *paths(workspace, written),
        ]
    )


def _problem(call: Call, workspace: Workspace, folder: IncrementFolder | None) -> Problem:
    """The increment's problem, or an empty one, with what the call names put in."""
    problem = increments.read_problem(folder) if folder else Problem()
    named = data_source(call.arguments, workspace)
    if named:
        problem.data = named
    if call.arguments.target:
        problem.target = call.arguments.target
    return problem


def _source(problem: Problem, folder: IncrementFolder | None) -> DataSource:
    if problem.data is not None:
        return problem.data
    if folder is None:
        raise DataError(
            "Nothing to profile",
            allowed="an increment, or data with a path or URL",
            next_step='call profile_data with data="path/to/table.csv"',
        )
    raise DataError(
        f"Increment {folder.id} names no data",
        next_step=f'call profile_data with increment="{folder.id}" and data="path/to/table.csv"',
    )


def _own_folder(workspace: Workspace, source: DataSource) -> Path:
    name = Path(source.location.split("?")[0]).name or "table"
    return workspace.folder / "profiles" / "".join(c if c.isalnum() or c in "-_." else "-" for c in name)
