"""The table as it is now beside the rows an experiment was trained on, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from specweave.data import fingerprint, read_table
from specweave.data.seal import read_seal, training_rows
from specweave.errors import SpecweaveError
from specweave.problem import Problem
from specweave.reproduction.result import Change
from specweave.workspace import IncrementFolder, Workspace

_NAMED = 5


@dataclass(frozen=True)
class TrainingRows:
    """The rows to run on: those of today's source where they can be had, else the copy the seal kept.

    `recorded` is that copy; `changes` say how the source differs from what was recorded.
    """

    now: pd.DataFrame
    recorded: pd.DataFrame
    changes: tuple[Change, ...]

    @property
    def differ(self) -> bool:
        return self.now is not self.recorded


def training_rows_now(
    folder: IncrementFolder, problem: Problem | None, fingerprint_recorded: str | None
) -> TrainingRows:
    """Read the source again and compare it with the record. Raises SealedError when the kept rows were tampered with."""
    kept = training_rows(folder)
    if problem is None or problem.data is None:
        return TrainingRows(kept, kept, ())
    where = problem.data.location
    try:
        frame = read_table(problem.data, Workspace(folder.root)).frame
    except SpecweaveError as error:
        gone = Change(
            kind="missing file",
            sentence=f"{where} cannot be read ({error.what.rstrip('.')}); the rows the seal kept were used",
            effect="no effect",
        )
        return TrainingRows(kept, kept, (gone,))
    wanted = fingerprint_recorded or read_seal(folder).fingerprint["content"]
    if fingerprint(frame).content == wanted:
        return TrainingRows(kept, kept, ())
    now = _same_rows(frame, kept)
    if now is None:
        sentence = f"{where} has other rows or columns than were recorded ({len(frame):,} rows now)"
        return TrainingRows(kept, kept, (Change(kind="data changed", sentence=f"{sentence}; the rows the seal kept were used", effect="no effect"),))  # fmt: skip
    described = _differences(kept, now)
    if described is None:
        sentence = f"{where} changed outside the training rows (in sealed rows, or in their order)"
        return TrainingRows(kept, kept, (Change(kind="data changed", sentence=sentence, effect="no effect"),))
    return TrainingRows(now, kept, (Change(kind="data changed", sentence=f"{where}: {described}"),))


def _same_rows(frame: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame | None:
    """The source's rows by the recorded row numbers, with the recorded types; None when they are not all there."""
    if len(frame) <= int(kept.index.max()) or not set(kept.columns) <= set(frame.columns):
        return None
    found = frame.loc[kept.index, list(kept.columns)]
    for column in kept.columns:
        if found[column].dtype != kept[column].dtype:
            try:
                found[column] = found[column].astype(kept[column].dtype)
            except (TypeError, ValueError):  # the new values do not fit the old type: they stay as they are
                continue
    return found


def _differences(kept: pd.DataFrame, now: pd.DataFrame) -> str | None:
    places: list[tuple[int, str]] = []
    for column in kept.columns:
        old, new = kept[column], now[column]
        both_missing = old.isna() & new.isna()
        differs = ~(both_missing | (old.astype(object) == new.astype(object)))
        places += [(int(row), str(column)) for row in kept.index[differs.to_numpy(dtype=bool)]]
    if not places:
        return None
    rows = sorted({row for row, _ in places})
    shown = "; ".join(_cell(kept, now, row, column) for row, column in sorted(places)[:_NAMED])
    more = f"; and {len(places) - _NAMED:,} more values" if len(places) > _NAMED else ""
    return f"{len(rows):,} of {len(kept):,} training rows changed: {shown}{more}"


def _cell(kept: pd.DataFrame, now: pd.DataFrame, row: int, column: str) -> str:
    old, new = str(kept.loc[row, column]), str(now.loc[row, column])
    return f"row {row}, {column}: {old} is now {new}"
