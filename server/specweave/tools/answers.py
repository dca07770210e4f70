"""Answers for a reader who pays by the token: verdict first, lists cut with the number left out, files named at the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from specweave.tools.calls import ANSWER_LIMIT
from specweave.tools.tokens import count_tokens
from specweave.workspace import Workspace


def bullets(lines: Sequence[str], most: int = 20) -> list[str]:
    shown = [f"- {line}" for line in lines[:most]]
    return shown if len(lines) <= most else [*shown, f"- {len(lines) - most} more in the report"]


def paths(workspace: Workspace, files: Iterable[Path]) -> list[str]:
    """A line a file, relative to the project."""
    return ["Files: " + ", ".join(workspace.relative(f) for f in files)]


def table(head: Sequence[str], rows: Sequence[Sequence[str]], most: int = 12) -> list[str]:
    """A markdown table, cut after `most` rows."""
    lines = ["| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows[:most]]]
    return lines if len(rows) <= most else [*lines, f"{len(rows) - most} more in the report"]


def bounded(lines: Sequence[str], limit: int = ANSWER_LIMIT) -> str:
    """The lines as one text under `limit` tokens; lines fall out of the middle, so the verdict and the paths stay."""
    kept = list(lines)
    dropped = 0
    while count_tokens("\n".join(kept)).tokens > limit and len(kept) > 2:
        kept.pop(-2)
        dropped += 1
    if dropped:
        kept.insert(-1, f"{dropped} more lines in the report")
    return "\n".join(kept)
