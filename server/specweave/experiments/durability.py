"""Bringing finished records to the disk itself, against power cuts.

What a process has handed to the system survives the death of the process in any case; the system brings it
to the disk within about half a minute. A finished record is flushed (fsync) at once when the process has not
flushed for a second. Of a quick succession of short runs those left waiting are flushed in small portions, at most
20 ms of each second, and when the process ends: a search of a thousand runs is not slowed by the disk.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from pathlib import Path

from specweave.experiments import metric_history, record

_EVERY_SECONDS = 1.0
_PORTION_SECONDS = 0.02
_AT_EXIT_SECONDS = 2.0
_waiting: list[Path] = []
_guard = threading.Lock()
_last = -_EVERY_SECONDS


def sync_soon(folder: Path) -> None:
    """Flush the record now, or later if this process flushed less than a second ago."""
    with _guard:
        _waiting.append(folder)
        due = time.monotonic() - _last >= _EVERY_SECONDS
    if due:
        sync_waiting(_PORTION_SECONDS)


def sync_waiting(seconds: float) -> int:
    """Flush records that wait, the newest first, until the time is spent but one at least; how many are left."""
    global _last  # noqa: PLW0603  one clock for the whole process
    end = time.monotonic() + seconds
    while True:
        with _guard:
            folder = _waiting.pop() if _waiting else None
        if folder is not None:
            _sync_folder(folder)
        _last = time.monotonic()
        if folder is None or _last >= end:
            return len(_waiting)


def _sync_folder(folder: Path) -> None:
    """The files that were written without a flush; models, artifacts and tables were flushed when written."""
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


atexit.register(sync_waiting, _AT_EXIT_SECONDS)
