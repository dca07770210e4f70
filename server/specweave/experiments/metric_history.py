"""metric-history.jsonl: every logged value of every metric and each logged parameter, one JSON line each, never rewritten.

A line is handed to the system at once, so it survives the death of the process (kill -9); a power cut may
take the lines since the last flush to disk. Lines of several threads and processes never mix.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from specweave.errors import StorageError
from specweave.experiments.backends.protocol import MetricValue
from specweave.experiments.values import metric, text

FILE = "metric-history.jsonl"
# json.dumps would build an encoder for every line.
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


class MetricHistory:
    """Appends to the history of one experiment; the file is opened at the first line."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._handle: int | None = None
        self._guard = threading.Lock()
        self._written = 0

    def append(self, values: Mapping[str, tuple[float | None, str | None]], step: float | None) -> None:
        now = round(time.time(), 3)
        self._write("".join([_line(name, value, reason, step, now) for name, (value, reason) in values.items()]))

    def append_params(self, params: Mapping[str, Any]) -> None:
        """Parameters as they were logged; params.json follows, as rewriting it for each call would cost ten times as much."""
        now = round(time.time(), 3)
        self._write(
            "".join(_encode({"param": name, "value": value, "time": now}) + "\n" for name, value in params.items())
        )

    def append_points(self, points: Iterable[MetricValue]) -> None:
        """Values with times of their own."""
        lines = [_line(text(p.name), *metric(p.value), metric(p.step)[0], round(p.time, 3)) for p in points]
        self._write("".join(lines))

    def _write(self, lines: str) -> None:
        content = lines.encode("utf-8")
        try:
            with self._guard:
                handle = self._open() if self._handle is None else self._handle
                while content:
                    done = os.write(handle, content)
                    self._written += done
                    content = content[done:]
        except OSError as error:
            raise StorageError.from_os(error, self.path) from error

    def others_wrote(self) -> bool:
        """Whether the file holds lines this object did not write."""
        try:
            return self.path.stat().st_size != self._written
        except FileNotFoundError:
            return False

    def adopt(self) -> None:
        """Take the file as it is now for known."""
        with self._guard:
            self._written = self.path.stat().st_size if self.path.exists() else 0

    def close(self) -> None:
        with self._guard:
            if self._handle is not None:
                os.close(self._handle)
                self._handle = None

    def _open(self) -> int:
        if self._handle is None:
            self._handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
            size = os.fstat(self._handle).st_size
            # A line torn by a crash must not swallow the next one.
            if size and self._last_byte(size) != b"\n":
                self._written += os.write(self._handle, b"\n")
        return self._handle

    def _last_byte(self, size: int) -> bytes:
        assert self._handle is not None
        os.lseek(self._handle, size - 1, os.SEEK_SET)
        return os.read(self._handle, 1)

    def __del__(self) -> None:
        self.close()


def read_history(folder: Path) -> Iterator[dict[str, Any]]:
    """Every value of a metric: name, value (null with `reason` where undefined), step, time. A torn line is skipped."""
    return (line for line in _lines(folder) if isinstance(line.get("name"), str))


def last_values(folder: Path) -> dict[str, float | None]:
    """The latest value of each metric."""
    return {line["name"]: line.get("value") for line in read_history(folder)}


def last_params(folder: Path) -> dict[str, Any]:
    """The latest value of each parameter that was logged while the run went on."""
    return {line["param"]: line.get("value") for line in _lines(folder) if isinstance(line.get("param"), str)}


def _lines(folder: Path) -> Iterator[dict[str, Any]]:
    try:
        content = (folder / FILE).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return
    for line in content.split(b"\n"):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found


def _line(name: str, value: float | None, reason: str | None, step: float | None, now: float) -> str:
    """As `_encode` writes it, in a third of the time: value and step are plain numbers or null."""
    because = f', "reason": {_encode(reason)}' if reason else ""
    return (
        f'{{"name": {_quoted(name)}, "value": {_number(value)}, "step": {_number(step)}, "time": {now!r}{because}}}\n'
    )


def _number(value: float | None) -> str:
    return "null" if value is None else repr(value)


@lru_cache(maxsize=1024)
def _quoted(name: str) -> str:
    return _encode(name)
