"""Append-only files of JSON lines, each with the hash of the line before it: a change, a gap or another order shows.

A line is `{"n": 1, …, "previous": <hash of the line before, or of the root>, "hash": <hash of all the rest>}`.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from specweave.workspace import append_line, storage_errors


class BrokenChainError(Exception):
    """Entry `n` (from 1) does not belong where it stands; `how` says what is wrong with it."""

    def __init__(self, n: int, how: str) -> None:
        super().__init__(f"entry {n} {how}")
        self.n = n
        self.how = how


def digest(facts: dict[str, Any]) -> str:
    """SHA-256 of a JSON object, independent of the order of its keys."""
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def append(path: Path, root: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Add an entry after the last one, durably; the entry with its `n`, `previous` and `hash`.

    The caller holds the lock. `root` stands in for the hash before the first entry. Raises BrokenChainError when the
    entries so far are damaged.
    """
    before = read(path, root)
    entry = {"n": len(before) + 1, **facts, "previous": before[-1]["hash"] if before else root}
    entry["hash"] = digest(entry)
    append_line(path, json.dumps(entry, ensure_ascii=False))
    return entry


def read(path: Path, root: str) -> list[dict[str, Any]]:
    """All entries, oldest first. Raises BrokenChainError naming the first one that is damaged, changed or out of place."""
    chain: list[dict[str, Any]] = []
    for n, line in enumerate(lines(path), start=1):
        chain.append(_verified(line, n, chain[-1]["hash"] if chain else root))
    return chain


def lines(path: Path) -> list[str]:
    """The lines of the file; none where it does not exist."""
    if not path.is_file():
        return []
    with storage_errors(path):
        return path.read_text("utf-8").splitlines()


def _verified(line: str, n: int, previous: str) -> dict[str, Any]:
    try:
        facts = json.loads(line)
        claimed = facts["hash"], facts["n"], facts["previous"]
    except (ValueError, TypeError, KeyError):
        raise BrokenChainError(n, "is not readable") from None
    if claimed[1:] != (n, previous):
        raise BrokenChainError(n, "does not follow the one before it")
    if claimed[0] != digest({key: value for key, value in facts.items() if key != "hash"}):
        raise BrokenChainError(n, "was changed")
    return dict(facts)
