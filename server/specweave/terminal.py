"""A progress bar on standard error: one line on a terminal, a line per stage elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from specweave.progress import Progress

_EVERY_SECONDS = 5.0


@contextmanager
def bar(out: TextIO | None = None) -> Iterator[Progress]:
    """Progress for the duration of the block; a terminal's line is cleared at its end."""
    stream = out or sys.stderr
    if stream.isatty():
        yield _Line(stream)
        stream.write("\r\x1b[K")
        stream.flush()
    else:
        yield _Log(stream)


class _Line:
    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __call__(self, done: float, total: float, message: str) -> None:
        share = min(1.0, max(0.0, done / total)) if total > 0 else 0.0
        full = round(20 * share)
        text = f"[{'█' * full}{'·' * (20 - full)}] {100 * share:3.0f} % {message}"
        self._out.write("\r\x1b[K" + text[: shutil.get_terminal_size().columns - 1])
        self._out.flush()


class _Log:
    """For logs and CI: a line when at least five seconds have passed since the last."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._last = -_EVERY_SECONDS

    def __call__(self, done: float, total: float, message: str) -> None:
        now = time.monotonic()
        if now - self._last < _EVERY_SECONDS:
            return
        self._last = now
        share = f"{100 * done / total:3.0f} % " if total > 0 else ""
        self._out.write(f"{share}{message}\n")
        self._out.flush()
