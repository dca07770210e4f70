"""A table's profile: every column, the rows as a whole, and what follows for modelling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specweave.data import large
from specweave.data.column_profile import named_like_id, profile_column
from specweave.data.facts import ColumnProfile, GroupCandidate, Profile
from specweave.data.findings import find
from specweave.data.fingerprints import fingerprint, row_hashes
from specweave.data.large_profile import profile_large
from specweave.data.reading import Reading, Table
from specweave.data.relations import SAMPLE, associations, drift_of_halves
from specweave.data.source import large_file, read_table
from specweave.data.target import require_column, summarise_target
from specweave.problem import DataSource
from specweave.progress import Progress, silent
from specweave.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd


def profile(
    source: DataSource, workspace: Workspace, target: str | None = None, progress: Progress = silent
) -> Profile:
    """The profile of a source; files too large for memory are worked through on disk.

    Raises what read_table raises, and ProblemError when the target is no column.
    """
    progress(0, 1, "reading the table")
    found = large_file(source, workspace)
    if found is None:
        return profile_table(read_table(source, workspace), target, progress)
    path, how = found
    progress(0.02, 1, f"{path.stat().st_size // 2**20:,} MB are staged on disk")
    reading = Reading(location=source.location, format="text", compression=how, size_bytes=path.stat().st_size)
    with large.staged(path, how, source, workspace, reading) as rows:
        return finished(profile_large(rows, reading, target, progress))


def profile_table(table: Table, target: str | None = None, progress: Progress = silent) -> Profile:
    """The profile of a table already read; everything is exact but associations above 50,000 rows."""
    frame = table.frame
    names = [str(n) for n in frame.columns]
    if target is not None:
        require_column(target, names)
    columns = []
    for j, name in enumerate(names):
        progress(0.2 + 0.6 * j / len(names), 1, f"column {name}")
        columns.append(profile_column(name, frame.iloc[:, j]))
    made = Profile(
        location=table.reading.location,
        n_rows=len(frame),
        n_columns=len(names),
        columns=columns,
        fingerprint=fingerprint(frame),
        reading=table.reading,
    )
    _count_duplicates(made, frame)
    progress(0.85, 1, "relations between columns")
    relate(made, frame, target)
    if len(frame) > SAMPLE and made.associations:
        made.estimated = [f"associations with the target, on {SAMPLE:,} rows drawn at random"]
    return finished(made)


def finished(made: Profile) -> Profile:
    """The profile with its totals and findings."""
    made.missing_cells = sum(c.missing for c in made.columns)
    made.findings = find(made)
    return made


def _count_duplicates(made: Profile, frame: pd.DataFrame) -> None:
    import numpy as np

    made.duplicate_rows = len(frame) - len(np.unique(row_hashes(frame)))
    ids = [c.name for c in made.columns if c.role == "id"]
    rest = frame.drop(columns=ids)
    made.duplicate_rows_without_ids = (
        len(frame) - len(np.unique(row_hashes(rest))) if ids and rest.shape[1] else made.duplicate_rows
    )


def relate(made: Profile, frame: pd.DataFrame, target: str | None) -> None:
    """Fill in what needs several columns at once: target, associations, drift, time, groups."""
    made.time_columns = [c.name for c in made.columns if c.role == "datetime"]
    made.high_cardinality = [c.name for c in made.columns if c.high_cardinality and c.name != target]
    made.groups = group_candidates(made.columns, made.n_rows, target, frame)
    made.drift = drift_of_halves(frame, made.columns, _clock(made))
    if target is None:
        return
    made.target = summarise_target(made.column(target), frame[target].dropna().value_counts())
    if made.target.task is not None:
        made.associations = associations(frame, target, made.target.task, made.columns)


def _clock(made: Profile) -> str | None:
    """The one complete datetime column, if there is exactly one, puts rows in order."""
    complete = [c.name for c in made.columns if c.role == "datetime" and not c.missing]
    return complete[0] if len(complete) == 1 else None


def group_candidates(
    columns: list[ColumnProfile], n_rows: int, target: str | None, frame: pd.DataFrame
) -> list[GroupCandidate]:
    """Columns named like an id, or of very many values, that repeat."""
    found = []
    for column in columns:
        if column.name == target or column.role not in ("categorical", "numeric", "text"):
            continue
        present = n_rows - column.missing
        repeats = present / column.distinct if column.distinct else 0
        reason = _reason_to_group(column, n_rows)
        if reason and repeats >= 1.05 and column.distinct >= 10 and present >= 0.5 * n_rows:
            largest = int(frame[column.name].value_counts().iloc[0])
            found.append(
                GroupCandidate(
                    column=column.name, groups=column.distinct, rows_per_group=repeats, largest=largest, reason=reason
                )
            )
    return found


def _reason_to_group(column: ColumnProfile, n_rows: int) -> str | None:
    whole: Any = column.mean is None or column.whole
    if named_like_id(column.name) and whole:
        return "its name is that of an id"
    if column.role == "categorical" and column.distinct >= max(50, min(0.05 * n_rows, 5000)):
        return "it has very many values that repeat"
    return None
