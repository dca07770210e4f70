"""progress.jsonl: written by the job, read by whoever waits for it, at the same time."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from specweave.errors import SpecweaveError, shorten
from specweave.workspace import append_line

MESSAGE_LENGTH = 200
_TAIL_BYTES = 8192


@dataclass(frozen=True)
class ProgressLine:
    """Where the job stood at one moment (`time` in seconds since the epoch)."""

    time: float
    attempt: int
    done: float
    total: float
    message: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class ProgressWriter:
    """A `Progress` that writes to a file, at most `per_second` lines a second.

    A line that comes too soon waits, is replaced by a newer one, and is written by `flush`.
    """

    def __init__(self, path: Path, attempt: int, per_second: int = 20) -> None:
        self._path = path
        self._attempt = attempt
        self._written: deque[float] = deque(maxlen=per_second)
        self._pending: ProgressLine | None = None
        self._lock = threading.Lock()
        _close_torn_line(path)

    def __call__(self, done: float, total: float, message: str) -> None:
        line = ProgressLine(time.time(), self._attempt, float(done), float(total), shorten(message, MESSAGE_LENGTH))
        with self._lock:
            if self._is_too_soon():
                self._pending = line
            else:
                self._write(line)

    def flush(self) -> None:
        """Write the line that waits, if there is one."""
        with self._lock:
            if self._pending is not None:
                self._write(self._pending)

    def _is_too_soon(self) -> bool:
        return len(self._written) == self._written.maxlen and time.monotonic() - self._written[0] < 1.0

    def _write(self, line: ProgressLine) -> None:
        # Telling where the work stands must not end it, on a full disk for example.
        with contextlib.suppress(SpecweaveError):
            append_line(self._path, json.dumps(line.as_dict(), ensure_ascii=False))
        self._written.append(time.monotonic())
        self._pending = None


class ProgressReader:
    """Hands out the complete lines that were added since the last call."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = _end_of_lines(path)

    def new_lines(self) -> list[ProgressLine]:
        """The lines added since; one that is still being written is left for the next call."""
        try:
            with self._path.open("rb") as source:
                source.seek(self._offset)
                fresh = source.read()
        except OSError:
            return []
        complete = fresh[: fresh.rfind(b"\n") + 1]
        self._offset += len(complete)
        return _parse(complete)


def last_line(path: Path) -> ProgressLine | None:
    """The newest complete line, or None."""
    try:
        with path.open("rb") as source:
            source.seek(max(0, _end_of_lines(path) - _TAIL_BYTES))
            tail = source.read()
    except OSError:
        return None
    lines = _parse(tail[: tail.rfind(b"\n") + 1])
    return lines[-1] if lines else None


def _end_of_lines(path: Path) -> int:
    """Offset just behind the last line break."""
    try:
        with path.open("rb") as source:
            size = source.seek(0, 2)
            start = max(0, size - _TAIL_BYTES)
            source.seek(start)
            return start + source.read(size - start).rfind(b"\n") + 1
    except OSError:
        return 0


def _close_torn_line(path: Path) -> None:
    """A crash can leave half a line; what is appended next must not be glued to it."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > _end_of_lines(path):
            with path.open("ab") as target:
                target.write(b"\n")


def _parse(content: bytes) -> list[ProgressLine]:
    return [line for line in map(_parse_line, content.splitlines()) if line is not None]


def _parse_line(raw: bytes) -> ProgressLine | None:
    """A line, or None for one a crash tore (a later attempt goes on behind it)."""
    try:
        return ProgressLine(**json.loads(raw))
    except (ValueError, TypeError):
        return None
