"""The project's witness, `.specweave/looks-witness.jsonl`: one line for each seal, look, evaluation, experiment and completion.

It lies outside the increments, so that what is changed, deleted or made up in one of them is known here all the same.
Lines do not depend on each other, so two branches of a repository merge. Standard library only: experiments are
recorded in the user's own interpreter.
"""

from __future__ import annotations

import contextlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from specweave.errors import SpecweaveError
from specweave.workspace import FOLDER, IncrementFolder, append_line, storage_errors

FILE = "looks-witness.jsonl"
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, SpecweaveError)


def path_of(folder: IncrementFolder) -> Path:
    """The witness of the project the increment belongs to."""
    project = next((above for above in folder.path.parents if above.name == FOLDER), folder.path.parents[1])
    return project / FILE


def write_down(folder: IncrementFolder, facts: dict[str, Any], *, sync: bool = True) -> None:
    """Add a line about the increment; without `sync` it may be lost in a power cut, not with this process."""
    line = json.dumps(
        {
            "increment": folder.id,
            "created": created(folder),
            **facts,
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
        },
        ensure_ascii=False,
    )
    if sync:
        append_line(path_of(folder), line)
        return
    target = path_of(folder)
    with storage_errors(target):
        handle = os.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            os.write(handle, (line + "\n").encode("utf-8"))
        finally:
            os.close(handle)


def all_lines(folder: IncrementFolder) -> list[dict[str, Any]]:
    """The readable lines of the whole project; a damaged one says nothing."""
    try:
        text = path_of(folder).read_text("utf-8", errors="replace")
    except OSError:
        return []
    found = []
    for line in text.splitlines():
        with contextlib.suppress(ValueError):
            facts = json.loads(line)
            if isinstance(facts, dict):
                found.append(facts)
    return found


def own_lines(folder: IncrementFolder) -> list[dict[str, Any]]:
    """The lines about this very increment, not about a deleted one whose number it has taken over."""
    since = created(folder)
    return [line for line in all_lines(folder) if line.get("increment") == folder.id and line.get("created") == since]


def created(folder: IncrementFolder) -> str | None:
    """When the increment was created, by its metadata."""
    with contextlib.suppress(*_UNREADABLE):
        found = folder.metadata().get("created")
        return None if found is None else str(found)
    return None
