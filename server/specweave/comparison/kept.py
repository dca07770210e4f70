"""What was worked out about files that have not changed since, kept beside the records; it may be deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from specweave.errors import StorageError
from specweave.workspace import read_json, write_text

FILE = ".comparisons.json"


class Kept:
    """Results by a key that names everything they depend on."""

    def __init__(self, experiments: Path) -> None:
        self._file = experiments / FILE
        try:
            found = read_json(self._file, default={})
        except StorageError:  # damaged: everything is worked out again
            found = {}
        self._known: dict[str, Any] = found if isinstance(found, dict) else {}
        self._changed = False

    def once(self, key: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The kept result, or the new one of `work`."""
        found = self._known.get(key)
        if not isinstance(found, dict):
            found = self._known[key] = work()
            self._changed = True
        return found

    def write(self) -> None:
        """Keep what is new for the next comparison."""
        if self._changed:
            write_text(self._file, json.dumps(self._known, separators=(",", ":"), allow_nan=False), sync=False)
