"""Increment numbers and folder names: no two processes ever get the same number, and no lock is needed.

A number is taken by making the hidden folder `.0042`, which succeeds for one process only. The increment is built
in there and then renamed to `0042-name`, so nobody sees a half-made one. Between the rename and another process's
look at the list the hidden name is free again; that process sees `0042-name` on its second look and moves on.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from specweave.errors import IncrementError
from specweave.workspace import storage_errors

SLUG_LIMIT = 40
_NUMBERED = re.compile(r"\.?(\d{4,})(?:-.*)?")


def slug(text: str, fallback: str = "ml-increment") -> str:
    """The text as a folder name: lower-case words of any language joined by hyphens, at most 40 characters."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    letters = "".join(c for c in plain if not unicodedata.category(c).startswith("M") and c not in "'’")
    words = re.findall(r"[^\W_]+", letters)
    name = ""
    for word in words:
        longer = f"{name}-{word}" if name else word[:SLUG_LIMIT]
        if len(longer) > SLUG_LIMIT:
            break
        name = longer
    return name or fallback


@contextlib.contextmanager
def reserved_folder(increments: Path, name: str) -> Iterator[tuple[Path, str]]:
    """A folder of its own to build increment `NNNN-name` in, and its id; it gets that name when the block ends well."""
    folder, number = _reserve(increments)
    identity = f"{number:04d}-{name}"
    try:
        yield folder, identity
        with storage_errors(folder):
            folder.rename(increments / identity)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _reserve(increments: Path) -> tuple[Path, int]:
    with storage_errors(increments):
        increments.mkdir(parents=True, exist_ok=True)
        for _ in range(10_000):
            number = max(_taken(increments), default=0) + 1
            folder = increments / f".{number:04d}"
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            if number not in _finished(increments):
                return folder, number
            folder.rmdir()
    raise IncrementError("No increment number could be reserved", value=str(increments), next_step="repeat the call")


def _taken(increments: Path) -> set[int]:
    """Numbers in use or reserved, also in SpecWeave's sub-folders such as `_archive`."""
    return {int(found[1]) for name in _names(increments) if (found := _NUMBERED.fullmatch(name))}


def _finished(increments: Path) -> set[int]:
    return {
        int(found[1])
        for name in _names(increments)
        if not name.startswith(".") and (found := _NUMBERED.fullmatch(name))
    }


def _names(increments: Path) -> list[str]:
    shelves = [entry for entry in increments.glob("_*") if entry.is_dir()]
    return [entry.name for place in (increments, *shelves) for entry in place.iterdir()]
