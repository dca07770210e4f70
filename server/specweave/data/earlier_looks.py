"""Looks that other increments took at the same sealed rows: a new increment on old data is no fresh test.

Another increment's files are read without verifying them: a damaged ledger there must not hide its looks, and is
reported where it lies, by that increment's own check. Looks of increments that were deleted are known from the project's
witness and count too.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pyarrow import parquet

from specweave.data import witness
from specweave.rendering import number
from specweave.workspace import IncrementFolder

_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)


def looks_at(
    folder: IncrementFolder, *, content: str, target: str, rows: np.ndarray | None, until: str | None = None
) -> dict[str, int]:
    """Number of looks each other increment of the workspace took at any of these test rows, by its id.

    Parameters
    ----------
    folder : IncrementFolder
        The increment that asks; it is not counted.
    content, target : str
        Fingerprint of the data, and the column in question: a look at another target tells nothing about this one.
    rows : numpy.ndarray or None
        Row numbers of the test set; None where they are not at hand, which counts as the same.
    until : str, optional
        ISO time in UTC; later looks are left out.
    """
    found = {}
    for other in _others(folder):
        with contextlib.suppress(*_UNREADABLE):
            if _shares_rows(other, content, target, rows) and (count := _looks(other, until)):
                found[other.name] = count
    for gone in witness.vanished(folder, content=content, target=target, until=until):
        name = f"{gone.increment} (its seal {gone.seal[:8]} is gone)"
        found[name] = found.get(name, 0) + gone.looks
    return found


def row_numbers(sealed: Path) -> np.ndarray | None:
    """The row numbers of a sealed file, and nothing else of it; None when the file is not there or not readable.

    Rows stay out of version control, so a fresh copy of a project has the ledgers and not the rows. A damaged file is
    reported where the rows themselves are read.
    """
    try:
        numbers: np.ndarray = parquet.read_table(sealed, columns=["row_number"]).column(0).to_numpy()
    except (OSError, ValueError):
        return None
    return numbers


def sentence_on(elsewhere: Mapping[str, int]) -> str:
    """That looks elsewhere count, naming the increments; empty when there are none."""
    if not elsewhere:
        return ""
    total = sum(elsewhere.values())
    counted = "1 look" if total == 1 else f"{number(total)} looks"
    verb = "was" if total == 1 else "were"
    return (
        f" {counted} at these test rows {verb} already taken in {', '.join(elsewhere)} and counted against the budget."
    )


def _others(folder: IncrementFolder) -> Iterator[Path]:
    """The other increments, also those SpecWeave has moved to a shelf such as `_archive`."""
    increments = folder.path.parent
    shelves = [shelf for shelf in increments.glob("_*") if shelf.is_dir()]
    for place in (increments, *sorted(shelves)):
        for found in sorted(place.glob("[0-9]*-*")):
            if found != folder.path and (found / "data" / "split.json").is_file():
                yield found


def _shares_rows(other: Path, content: str, target: str, rows: np.ndarray | None) -> bool:
    facts: dict[str, Any] = json.loads((other / "data" / "split.json").read_text("utf-8"))
    if facts["fingerprint"]["content"] != content or facts["target"] != target:
        return False
    theirs = row_numbers(other / "data" / facts["test"]["file"])
    return rows is None or theirs is None or bool(np.isin(rows, theirs).any())


def _looks(other: Path, until: str | None) -> int:
    ledger, head = other / "data" / "looks.jsonl", other / "data" / "looks-head.json"
    lines = ledger.read_text("utf-8", errors="replace").splitlines() if ledger.is_file() else []
    removed = 0
    with contextlib.suppress(*_UNREADABLE):
        removed = max(0, int(json.loads(head.read_text("utf-8"))["n"]) - len(lines))
    return removed + sum(until is None or _time(line) <= until for line in lines)


def _time(line: str) -> str:
    """When the look was taken; the beginning of time when the line does not tell."""
    try:
        return str(json.loads(line)["time"])
    except _UNREADABLE:
        return ""
