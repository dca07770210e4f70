"""Who gets which model: by a hash of the unit's id, so that a unit always gets the same one and no table is kept.

Read from `ab-test.json` beside this file (or the file named by AB_TEST):

    {"name": "churn-2", "salt": "churn-2 2026-11", "mode": "ab", "share": 0.1}

Modes: `ab` a share of the units is answered by the challenger; `canary` the same, and the challenger is dropped by itself
when it fails; `shadow` all are answered by the control while the challenger answers in the background; `off`.
AB_MODE and AB_SHARE replace the file's values. While the file named by AB_KILL_FILE exists, or with AB_MODE=off, everybody
gets the control. Needs the standard library alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

Arm = Literal["control", "treatment"]
Mode = Literal["ab", "canary", "shadow", "off"]
MODES: tuple[Mode, ...] = ("ab", "canary", "shadow", "off")
LOOK_SECONDS = 1.0
"""How long a change of the kill file may go unnoticed."""
REMEMBERED = 100_000


@dataclass(frozen=True)
class Assignment:
    """The share of units that get the challenger, chosen by the salt.

    A larger share keeps all units that had the challenger before; another salt draws anew.
    """

    name: str
    salt: str
    share: float = 0.1
    mode: Mode = "ab"

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"mode is {self.mode!r}; allowed: {', '.join(MODES)}")
        if not 0 <= self.share <= 1:
            raise ValueError(f"share is {self.share!r}; allowed: 0 to 1")

    @classmethod
    def read(cls, path: str | Path, environment: Mapping[str, str] = os.environ) -> Assignment:
        """The assignment of the file, with AB_MODE and AB_SHARE from the environment. ValueError says what is wrong."""
        facts = json.loads(Path(path).read_text("utf-8"))
        found = cls(**{key: facts[key] for key in ("name", "salt", "share", "mode") if key in facts})
        changes: dict[str, Any] = {}
        if "AB_MODE" in environment:
            changes["mode"] = environment["AB_MODE"]
        if "AB_SHARE" in environment:
            changes["share"] = float(environment["AB_SHARE"])
        return replace(found, **changes)

    def arm(self, unit: str) -> Arm:
        """The arm of a unit; it depends on the unit, the salt and the share alone."""
        return "treatment" if place_of(unit, self.salt) < self.share else "control"


def place_of(unit: str, salt: str) -> float:
    """A place in [0, 1) that is spread evenly over units: the first 53 bits of SHA-256 of salt and unit."""
    digest = hashlib.sha256(f"{len(salt)}:{salt}:{unit}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


class KillSwitch:
    """Whether a file exists, looked up at most once a second."""

    def __init__(self, path: str | Path | None, *, every: float = LOOK_SECONDS) -> None:
        self._path = Path(path) if path else None
        self._every = every
        self._next_look = -1.0
        self._thrown = False

    def thrown(self) -> bool:
        """True while the file exists."""
        if self._path is None:
            return False
        now = time.monotonic()
        if now >= self._next_look:
            self._thrown = self._path.exists()
            self._next_look = now + self._every
        return self._thrown


class ExposureLog:
    """One JSON line for each unit that met a model: time, test, unit, arm, mode; a repeat is written only after many others.

    Lines are appended whole, so several processes may share the file.
    """

    def __init__(self, path: str | Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._seen: dict[tuple[str, str], None] = {}
        self._lock = threading.Lock()

    def note(self, assignment: Assignment, unit: str, arm: Arm, **more: Any) -> None:
        """Write the exposure unless this unit was seen in this arm; with `more` (answers of a shadow) always."""
        with self._lock:
            if (unit, arm) in self._seen and not more:
                return
            self._seen[unit, arm] = None
            if len(self._seen) > REMEMBERED:
                del self._seen[next(iter(self._seen))]
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "test": assignment.name,
            "unit": unit,
            "arm": arm,
            "mode": assignment.mode,
            **more,
        }
        os.write(self._file, (json.dumps(line, ensure_ascii=False) + "\n").encode())

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
