"""How long work tells where it stands."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called as work advances; `message` is at most 200 characters."""

    def __call__(self, done: float, total: float, message: str, /) -> None: ...


def silent(done: float, total: float, message: str) -> None:
    """Progress for callers that show none."""
