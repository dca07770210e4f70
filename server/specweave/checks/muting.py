"""Checks silenced by a person: in `.specweave/ml.json` for the project, in spec.md's front matter for one increment.

    muted_checks:
      - code: ML004
        reason: twelve rows a class, folds cannot agree

A silenced check still runs, and every report shows it with its reason. Without a reason nothing is silenced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from specweave.errors import SpecweaveError
from specweave.problem import Problem
from specweave.workspace import IncrementFolder, Workspace

KEY = "muted_checks"


@dataclass(frozen=True)
class Muting:
    """One line of `muted_checks`: the check, the reason, and where it is written."""

    code: str
    reason: str
    place: str


def mutings(folder: IncrementFolder, problem: Problem | None) -> dict[str, Muting]:
    """What is silenced for this increment, by code; the increment's own word counts before the project's."""
    found: dict[str, Muting] = {}
    extra = problem.model_extra if problem else None
    for place, entries in ((".specweave/ml.json", _of_project(folder)), ("spec.md", (extra or {}).get(KEY))):
        for code, reason in _pairs(entries):
            found[code] = Muting(code, reason, place)
    return found


def _of_project(folder: IncrementFolder) -> Any:
    try:
        return Workspace(folder.root).settings.extra.get(KEY)
    except SpecweaveError:
        # A damaged ml.json silences nothing; the operations that need it report it.
        return None


def _pairs(entries: Any) -> list[tuple[str, str]]:
    """Both forms people write: a list of code and reason, or a mapping from code to reason."""
    if isinstance(entries, dict):
        entries = [{"code": code, "reason": reason} for code, reason in entries.items()]
    if not isinstance(entries, list):
        return []
    items = [item if isinstance(item, dict) else {"code": item} for item in entries]
    return [(str(item.get("code", "")).strip().upper(), str(item.get("reason") or "").strip()) for item in items]
