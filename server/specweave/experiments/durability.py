"""Bringing finished records to the disk itself, against power cuts.

A finished record is flushed (fsync) at once when the process has not flushed for a second; a quick succession of
short runs waits for the next finish after that second, or for the end of the process. So a record is safe from a
power cut when its process has ended, and a search of a thousand short runs is not slowed by the disk.
What a process has handed to the system survives the process's own death in any case.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from pathlib import Path

from specweave.experiments import metric_history, record

_EVERY_SECONDS = 1.0
_waiting: set[Path] = set()
_guard = threading.Lock()
_last = -_EVERY_SECONDS


def sync_soon(folder: Path) -> None:
    """Flush the record now, or with the next ones if this process flushed less than a second ago."""
    with _guard:
        if not _waiting:
            atexit.unregister(sync_waiting)
            atexit.register(sync_waiting)
        _waiting.add(folder)
        due = time.monotonic() - _last >= _EVERY_SECONDS
    if due:
        sync_waiting()


def sync_waiting() -> None:
    """Flush every record that waits."""
    global _last  # noqa: PLW0603  one clock for the whole process
    with _guard:
        folders = sorted(_waiting)
        _waiting.clear()
        _last = time.monotonic()
    for folder in folders:
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """Files that were written without a flush; models, artifacts and tables were flushed when written."""
    for name in (metric_history.FILE, record.PARAMS, record.METRICS, record.METADATA):
        try:
            handle = os.open(folder / name, os.O_RDWR)
        except OSError:  # not every record has every file
            continue
        try:
            os.fsync(handle)
        except OSError:  # a file system that cannot flush: the content is written all the same
            pass
        finally:
            os.close(handle)
