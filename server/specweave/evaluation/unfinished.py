"""A look whose evaluation did not come to its end: the same models may go on with it, for they would see nothing new."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any

from specweave.data.seal import Look, looks
from specweave.workspace import IncrementFolder, read_json, write_json

FILE = "look-unfinished.json"


def keep(folder: IncrementFolder, look: Look, asked: dict[str, Any], facts: dict[str, Any]) -> None:
    """Note the look, who was asked what, and where the answers are stored (`facts["stored"]`: path → sha256)."""
    write_json(folder.data / FILE, {"look": asdict(look), "asked": asked, **facts})


def resume(folder: IncrementFolder, asked: dict[str, Any]) -> tuple[Look, dict[str, Any]] | None:
    """The unfinished look and its facts, if it was the last one, asked the same, and its files are unchanged."""
    found = read_json(folder.data / FILE, default=None)
    if not isinstance(found, dict) or found.get("asked") != asked:
        return None
    taken = looks(folder)
    if not taken or asdict(taken[-1]) != found["look"]:
        return None
    whole = all(_unchanged(folder, name, sha256) for name, sha256 in found["stored"].items())
    return (taken[-1], found) if whole else None


def forget(folder: IncrementFolder) -> None:
    """The evaluation came to its end: the next one takes a look of its own."""
    (folder.data / FILE).unlink(missing_ok=True)


def _unchanged(folder: IncrementFolder, name: str, sha256: str) -> bool:
    path = folder.path / name
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256
