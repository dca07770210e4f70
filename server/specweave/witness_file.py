"""The project's witness, `.specweave/looks-witness.jsonl`: one line for each seal, look, evaluation, experiment and completion.

It lies outside the increments, so that what is changed, deleted or made up in one of them is known here all the same.
Lines do not depend on each other, so two branches of a repository merge. Standard library only: experiments are
recorded in the user's own interpreter.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
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


def all_lines(folder: IncrementFolder, *, skip: Callable[[str], bool] | None = None) -> list[dict[str, Any]]:
    """The readable lines of the whole project, without those to `skip`; a damaged one says nothing."""
    try:
        text = path_of(folder).read_text("utf-8", errors="replace")
    except OSError:
        return []
    found = []
    for line in text.splitlines():
        if skip is not None and skip(line):
            continue
        with contextlib.suppress(ValueError):
            facts = json.loads(line)
            if isinstance(facts, dict):
                found.append(facts)
    return found


def own_lines(folder: IncrementFolder, *, skip: Callable[[str], bool] | None = None) -> list[dict[str, Any]]:
    """The lines about this very increment, not about a deleted one whose number it has taken over."""
    since, lines = created(folder), all_lines(folder, skip=skip)
    return [line for line in lines if line.get("increment") == folder.id and line.get("created") == since]


def created(folder: IncrementFolder) -> str | None:
    """When the increment was created, by its metadata."""
    with contextlib.suppress(*_UNREADABLE):
        found = folder.metadata().get("created")
        return None if found is None else str(found)
    return None


def vouch(folder: IncrementFolder, path: Path) -> None:
    """Write down what a tool has just written into a JSON file of the increment."""
    write_down(folder, {"file": _within(folder, path), "file_sha256": _value_sha256(path)}, sync=False)


def doubt(folder: IncrementFolder, name: str) -> str | None:
    """Why a JSON file of the increment is not what a tool wrote, as the end of a sentence; nothing if it is.

    Nothing is said of an increment the witness has never heard of.
    """
    lines = own_lines(folder)
    known = [line["file_sha256"] for line in lines if line.get("file") == name and "file_sha256" in line]
    path = folder.path / name
    if not path.is_file():
        return "is gone, and a tool had written it" if known else None
    if not lines or (known and known[-1] == _value_sha256(path)):
        return None
    return "was edited since a tool wrote it" if known else "was not written by a tool"


def _within(folder: IncrementFolder, path: Path) -> str:
    return path.resolve().relative_to(folder.path.resolve()).as_posix()


def _value_sha256(path: Path) -> str:
    """By value, so that another layout or line ending is no change; of the bytes where it is no JSON."""
    with storage_errors(path):
        content = path.read_bytes()
    with contextlib.suppress(ValueError):
        content = json.dumps(json.loads(content), sort_keys=True, ensure_ascii=False).encode("utf-8")
    return hashlib.sha256(content).hexdigest()
