"""What of a record a tracking backend has not got yet, found out from the record's files alone.

Nothing is kept in memory for a backend: a server that is down for a day, a forked worker, a killed process change
nothing, because the record is the queue and only the place reached in it is remembered.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specweave.experiments import document, metric_history, record
from specweave.experiments.backends.protocol import Batch, LoggedFile, MetricValue

FOLDERS = ("artifacts", "figures", "tables")
_PAGES = {".md", ".html"}
_PORTION_BYTES = 1_000_000
_Signature = tuple[int, int]


@dataclass
class _Reached:
    """The state of a record up to which a backend has everything."""

    history: int = 0
    params: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, Any] = field(default_factory=dict)
    files: dict[str, _Signature] = field(default_factory=dict)
    model: str | None = None


class Changes:
    """Hands out a record in batches: `next()` until it is empty, `delivered()` after each that came through."""

    def __init__(self, folder: Path, history: int = 0) -> None:
        self.folder = folder
        self._reached = _Reached(history=history)
        self._ahead = self._reached

    @property
    def history_bytes(self) -> int:
        """How far into metric-history.jsonl everything was delivered."""
        return self._reached.history

    def next(self) -> Batch:
        """What is new since the last delivery; the same again when it was not delivered."""
        now = self._reached
        metadata = self._read(record.METADATA)
        params = record.read_params(self.folder, str(metadata.get("status")), [])
        tags = metadata.get("tags") or {}
        model = metadata.get("model") or {}
        digest = model.get("sha256") or (model.get("file") and str(model))
        metrics, history = self._metrics(now.history)
        files = self._files()
        self._ahead = _Reached(history, params, tags, files, digest)
        return Batch(
            params=_changed(now.params, params),
            metrics=tuple(metrics),
            tags=_changed(now.tags, tags),
            files=tuple(LoggedFile(name, self.folder / name) for name in _changed(now.files, files)),
            model=model if digest and digest != now.model else None,
        )

    def delivered(self) -> None:
        """The last batch came through."""
        self._reached = self._ahead

    def _read(self, name: str) -> dict[str, Any]:
        try:
            return document.read(self.folder / name)
        except (OSError, ValueError):  # damaged by hand: the readers of the record say so
            return {}

    def _metrics(self, start: int) -> tuple[list[MetricValue], int]:
        """Whole lines from `start` on, about a megabyte at once, and where the next ones begin."""
        try:
            with (self.folder / metric_history.FILE).open("rb") as source:
                source.seek(start)
                content = source.read(_PORTION_BYTES)
                # A line longer than a portion is read to its end.
                content += b"" if b"\n" in content or len(content) < _PORTION_BYTES else source.readline()
        except OSError:
            return [], start
        whole = content[: content.rfind(b"\n") + 1]
        return [value for value in map(_metric, whole.splitlines()) if value], start + len(whole)

    def _files(self) -> dict[str, _Signature]:
        found: dict[str, _Signature] = {}
        for entry in _scan(self.folder):
            if entry.is_file() and Path(entry.name).suffix in _PAGES:
                found[entry.name] = _signature(entry)
        for top in FOLDERS:
            _collect(self.folder / top, top, found)
        return found


def _collect(folder: Path, prefix: str, found: dict[str, _Signature]) -> None:
    for entry in _scan(folder):
        name = f"{prefix}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            _collect(Path(entry.path), name, found)
        elif entry.is_file():
            found[name] = _signature(entry)


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    """Entries of the folder; what is still being written has a name that begins with a dot."""
    try:
        with os.scandir(folder) as entries:
            return sorted((e for e in entries if not e.name.startswith(".")), key=lambda entry: entry.name)
    except OSError:
        return []


def _signature(entry: os.DirEntry[str]) -> _Signature:
    status = entry.stat()
    return status.st_mtime_ns, status.st_size


def _changed(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in now.items() if name not in before or before[name] != value}


def _metric(line: bytes) -> MetricValue | None:
    try:
        found = json.loads(line)
        # Parameters stand in the same file; they are read as a whole.
        return MetricValue(found["name"], found["value"], found.get("step"), float(found.get("time") or 0.0))
    except (ValueError, KeyError, TypeError):
        return None
