"""spec.md and plan.md brought up to what is known now, without touching what a person wrote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from specweave.checks.no_certain_leak import leak_findings
from specweave.documents import read_document, write_document
from specweave.errors import SpecweaveError
from specweave.increments.plan_text import plan_parts
from specweave.increments.sections import refresh
from specweave.increments.spec_text import spec_parts
from specweave.problem import Problem
from specweave.spec_file import lock_path, read_problem
from specweave.workspace import IncrementFolder, lock, read_json

if TYPE_CHECKING:
    from specweave.data import Profile


@dataclass(frozen=True)
class PlanRefresh:
    """Parts written anew, and parts left alone because a person had edited or removed them ("plan.md: risks")."""

    replaced: tuple[str, ...]
    kept: tuple[str, ...]


def refresh_plan(
    folder: IncrementFolder, profile: Profile | None, problem: Problem | None = None, *, timeout: float = 30.0
) -> PlanRefresh:
    """Write the generated parts of plan.md and spec.md from the profile and the problem; what happened to each.

    Raises LockedError when another process holds the documents longer than `timeout` seconds.
    """
    known = problem or read_problem(folder)
    left_out = _left_out(folder)
    wanted = {
        "plan.md": plan_parts(folder.id, known, profile, leak_findings(folder), left_out),
        "spec.md": spec_parts(folder.id, known, profile, left_out),
    }
    replaced: list[str] = []
    kept: list[str] = []
    with lock(lock_path(folder), timeout):
        for name, parts in wanted.items():
            _refresh_file(folder.path / name, parts, replaced, kept)
    return PlanRefresh(tuple(replaced), tuple(kept))


def _left_out(folder: IncrementFolder) -> dict[str, str]:
    """The columns the last training left out, with its reasons; nothing before the first, or where it is unreadable."""
    try:
        found = read_json(folder.reports / "training.json", default={})
        return {str(column): str(reason) for column, reason in found["left_out"].items()}
    except (SpecweaveError, AttributeError, KeyError, TypeError):
        return {}


def _refresh_file(path: Path, parts: dict[str, str], replaced: list[str], kept: list[str]) -> None:
    if not path.exists():
        kept.extend(f"{path.name}: {part}" for part in parts)
        return
    result = refresh(read_document(path), parts)
    write_document(path, result.text)
    replaced.extend(f"{path.name}: {part}" for part in result.replaced)
    kept.extend(f"{path.name}: {part}" for part in result.kept)
