"""A small mapping on disk that several threads and processes may change at once."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from specweave.experiments import yaml_form
from specweave.workspace import lock, storage_errors, write_all

_Signature = tuple[int, int, int]
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def merge(old: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`old` with the changes laid over it; mappings inside are merged, everything else is replaced."""
    merged = dict(old)
    for key, value in changes.items():
        before = merged.get(key)
        merged[key] = merge(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return merged


def read(path: Path) -> dict[str, Any]:
    """The mapping in a .yaml or .json file; empty when there is no file. Raises ValueError when it is damaged."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    found = yaml_form.load(text) if path.suffix == ".yaml" else json.loads(text)
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} does not hold a mapping")  # noqa: TRY004  one kind of error for all damage
    return found


def as_json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def locked(folder: Path) -> contextlib.AbstractContextManager[int]:
    """Nobody else changes the folder's documents inside."""
    return lock(folder / ".lock")


class Document:
    """One file, changed by merging: what another process wrote in between is kept."""

    def __init__(
        self, path: Path, content: dict[str, Any] | None = None, writer: yaml_form.Writer | None = None
    ) -> None:
        self.path = path
        # A Path for each question and each write costs more than these themselves.
        self._file = str(path)
        self._temporary = f"{path.parent}{os.sep}.{path.name}.tmp"
        self._content = content or {}
        self._dump = (writer or yaml_form.Writer()).dump if path.suffix == ".yaml" else as_json
        self._seen: _Signature | None = None
        self._guard = threading.Lock()

    def update(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Lay the changes over what the file holds and replace it; the new content."""
        return self.change(lambda content: merge(content, changes))

    def change(self, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        with locked(self.path.parent):
            return self.change_locked(edit)

    def change_locked(self, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        """As `change`, for who holds `locked(folder)` to change several documents at once."""
        with self._guard:
            self._content = edit(self._current())
            self._write()
            return self._content

    def read(self) -> dict[str, Any]:
        with self._guard:
            return self._current()

    def exists(self) -> bool:
        """Whether the file is there."""
        return self._signature() is not None

    def adopt(self) -> None:
        """Take the file as it is now for what this object last wrote."""
        self._seen = self._signature()

    def _current(self) -> dict[str, Any]:
        signature = self._signature()
        if signature != self._seen and signature is not None:
            try:
                with storage_errors(self.path):
                    self._content = merge(self._content, read(self.path))
            except ValueError:
                # A person's broken edit must not stop a training: what this process knows is written anew.
                self.path.replace(self.path.with_name(f"{self.path.name}.damaged"))
        return self._content

    def _write(self) -> None:
        self._seen = self._replace(self._dump(self._content).encode("utf-8"))

    def _replace(self, content: bytes) -> _Signature:
        """As workspace.write_bytes without a flush, at half its cost: under the lock one temporary name is enough."""
        with storage_errors(self.path):
            handle = os.open(self._temporary, _FLAGS, 0o666)
            try:
                write_all(handle, content)
                written = _signature(os.fstat(handle))
            finally:
                os.close(handle)
            os.replace(self._temporary, self._file)  # noqa: PTH105
        return written

    def _signature(self) -> _Signature | None:
        try:
            return _signature(os.stat(self._file))  # noqa: PTH116
        except FileNotFoundError:
            return None


def _signature(found: os.stat_result) -> _Signature:
    return found.st_ino, found.st_size, found.st_mtime_ns
