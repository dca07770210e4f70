"""The statuses of an increment and the ways between them."""

from __future__ import annotations

from typing import Any

from specweave.errors import IncrementError, listing
from specweave.increments.metadata import change_metadata, now
from specweave.workspace import IncrementFolder

# Completion is reached from ready_for_review only, and only complete_increment goes there.
TRANSITIONS: dict[str, tuple[str, ...]] = {
    "planning": ("active", "backlog", "paused", "abandoned"),
    "active": ("ready_for_review", "planning", "backlog", "paused", "abandoned"),
    "backlog": ("planning", "active", "abandoned"),
    "paused": ("planning", "active", "backlog", "abandoned"),
    "ready_for_review": ("completed", "active", "paused", "abandoned"),
    "completed": ("active",),
    "abandoned": ("planning", "active"),
}


def set_status(folder: IncrementFolder, status: str, *, reason: str = "", timeout: float = 30.0) -> dict[str, Any]:
    """Move the increment to `status`; the new metadata.

    Raises IncrementError for an unknown status, for a way that does not exist, and for `completed`, which is the
    result of complete_increment. The status it already has is no error and changes nothing.
    """
    if status == "completed" and folder.metadata().get("status") != "completed":
        raise IncrementError(
            "An increment is completed by its checks, not by setting the status",
            value=status,
            next_step=f'complete_increment(increment="{folder.id}")',
        )
    return move(folder, (status,), reason=reason, timeout=timeout)


def move(folder: IncrementFolder, way: tuple[str, ...], *, reason: str = "", timeout: float = 30.0) -> dict[str, Any]:
    """Go through the statuses of `way` in one write, recording each step with its time and reason."""

    def step(metadata: dict[str, Any]) -> None:
        for status in way:
            _step(metadata, status, reason)

    if folder.metadata().get("status") == way[-1]:
        return folder.metadata()
    return change_metadata(folder, step, timeout=timeout)


def _step(metadata: dict[str, Any], status: str, reason: str) -> None:
    current = str(metadata.get("status"))
    if status == current:
        return
    allowed = TRANSITIONS.get(current, ("planning",))
    if status not in allowed:
        raise IncrementError(
            f"An increment that is {current} cannot become {status}", value=status, allowed=listing(allowed)
        )
    metadata["status"] = status
    history = metadata.setdefault("ml", {}).setdefault("status_history", [])
    history.append({"from": current, "to": status, "at": now(), **({"reason": reason} if reason else {})})


def activate(folder: IncrementFolder) -> None:
    """Note that work has begun: planning, backlog, paused and ready_for_review become active."""
    if folder.metadata().get("status") in ("planning", "backlog", "paused", "ready_for_review"):
        move(folder, ("active",), reason="work was recorded")
