"""A progress bar on standard error: one line on a terminal, a line per stage elsewhere."""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from specweave.progress import Progress

_EVERY_SECONDS = 5.0
# A tool call as the answers write it, and the command that does the same.
_COMMANDS = {
    "compare_experiments": "compare",
    "complete_increment": "done",
    "deploy_model": "deploy",
    "evaluate_model": "evaluate",
    "explain_model": "explain",
    "load_test": "load-test",
    "next_step": "next",
    "profile_data": "profile --increment",
    "run_experiment": "run",
    "validate_increment": "check",
}
_CALL = re.compile(rf"\b({'|'.join(_COMMANDS)})\(increment=[\"']([\w-]+)[\"']((?:, \w+=\"[^\"]*\")*)\)")
_JOB = re.compile(r"\bjob\(action=[\"'](\w+)[\"'], job=[\"']([\w-]+)[\"']\)")


def as_commands(text: str) -> str:
    """The text with tool calls written as a person types them."""
    text = _CALL.sub(lambda found: f"`sw-ml {_COMMANDS[found[1]]} {found[2]}{_options(found[3])}`", text)
    return _JOB.sub(r"`sw-ml job \1 \2`", text)


def _options(arguments: str) -> str:
    return "".join(
        f" --{name.replace('_', '-')} {value}" for name, value in re.findall(r"(\w+)=(\"[^\"]*\")", arguments)
    )


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
