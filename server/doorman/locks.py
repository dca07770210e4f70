"""Locks between the doormen of several clients; released by the system when a process dies."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Callable


class FileLock:
    """An advisory lock on a file of its own, held until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    def try_exclusive(self) -> bool:
        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        return self._try(fcntl.LOCK_SH)

    def wait_exclusive(self, waiting: Callable[[], None], interval: float = 0.2) -> None:
        """Take the lock; `waiting` is called between attempts and may raise to give up."""
        while not self.try_exclusive():
            waiting()
            time.sleep(interval)

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _try(self, kind: int) -> bool:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        if not _still_named(fd, self.path):
            # Removed by another process between open and lock: that file locks nobody out.
            os.close(fd)
            return False
        self.release()
        self._fd = fd
        return True


def _still_named(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False
