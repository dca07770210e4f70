"""metadata.json: the one place of an increment's status; written whole, under a lock, unknown keys kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from specweave.workspace import IncrementFolder, lock, write_json


def now() -> str:
    """The time as it stands in metadata: ISO 8601, UTC, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_metadata(identity: str, **ml: Any) -> dict[str, Any]:
    """What metadata.json holds on the day an increment is created."""
    moment = now()
    return {
        "id": identity,
        "type": "feature",
        "status": "planning",
        "created": moment,
        "updated": moment,
        "lastActivity": moment,
        "ml": ml,
    }


def update_metadata(folder: IncrementFolder, *, timeout: float = 30.0, **ml: Any) -> dict[str, Any]:
    """Set keys under `ml`; the new metadata. LockedError when another process writes longer than `timeout` seconds."""
    return change_metadata(folder, lambda known: known.setdefault("ml", {}).update(ml), timeout=timeout)


def change_metadata(
    folder: IncrementFolder, change: Callable[[dict[str, Any]], None], *, timeout: float = 30.0
) -> dict[str, Any]:
    """Apply `change` to the metadata as they are on disk now, and stamp the time."""
    with lock(folder.data / ".metadata.lock", timeout):
        metadata = folder.metadata()
        change(metadata)
        metadata["updated"] = metadata["lastActivity"] = now()
        write_json(folder.metadata_file, metadata)
    return metadata
