"""One script in a process: its output relayed line by line, its time limited, its children ended with it."""

from __future__ import annotations

import queue
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from specweave.errors import JobError, shorten
from specweave.jobs.ending import TAIL_LINES, Ending, last_part, reason_for
from specweave.jobs.processes import end_tree

_LONGEST_LINE = 8192
_GRACE_SECONDS = 3.0
# A process left in the background by the script keeps the pipe open; its output is not waited for.
_LINGER_SECONDS = 2.0


def run_process(
    argv: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    timeout: float | None,
    on_line: Callable[[str], None],
) -> Ending:
    """Run it to its end, or to `timeout` seconds; `on_line` hears each line of both outputs, in this thread.

    Whatever interrupts this function ends the process and its children too.
    """
    started = time.monotonic()
    process = _started(argv, cwd, environment)
    relay = _Relay(process, on_line)
    try:
        timed_out = not relay.until_end(None if timeout is None else started + timeout)
    finally:
        if process.poll() is None:
            end_tree(process.pid, _GRACE_SECONDS)
        code = process.wait()
        relay.close()
    seconds = time.monotonic() - started
    if timed_out:
        return Ending(code or 1, seconds, relay.output(), f"it took longer than the timeout of {timeout:g} s")
    return Ending(code, seconds, relay.output(), reason_for(code, relay.errors()) if code else None)


def _started(argv: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise JobError(
            f"The interpreter does not start: {error.strerror or shorten(error)}",
            value=argv[0],
            next_step="name a Python that runs, in the call or in ml.json",
        ) from error


class _Relay:
    """Reads both outputs in threads and hands their lines on in the caller's."""

    def __init__(self, process: subprocess.Popen[str], on_line: Callable[[str], None]) -> None:
        self._process = process
        self._on_line = on_line
        self._lines: queue.Queue[tuple[str, str | None]] = queue.Queue(maxsize=10_000)
        self._output: deque[str] = deque(maxlen=TAIL_LINES)
        self._errors: deque[str] = deque(maxlen=TAIL_LINES)
        self._open = 2
        self._closed = threading.Event()
        for name, stream in (("out", process.stdout), ("err", process.stderr)):
            threading.Thread(target=self._read, args=(name, stream), daemon=True).start()

    def until_end(self, deadline: float | None) -> bool:
        """Relay until the process has ended and said all; False when the deadline came first."""
        ended: float | None = None
        while self._open:
            self._take(0.1)
            now = time.monotonic()
            if deadline is not None and now > deadline and self._process.poll() is None:
                return False
            if ended is None and self._process.poll() is not None:
                ended = now
            if ended is not None and now - ended > _LINGER_SECONDS and self._lines.empty():
                return True
        # Both outputs closed; a process may live on without them.
        return self._wait_until(deadline)

    def output(self) -> str:
        return last_part("".join(self._output))

    def errors(self) -> str:
        return "".join(self._errors)

    def close(self) -> None:
        """Take the lines that came with the end, and let the readers go."""
        while self._open and not self._lines.empty():
            self._take(0)
        self._closed.set()

    def _wait_until(self, deadline: float | None) -> bool:
        try:
            self._process.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True

    def _take(self, seconds: float) -> None:
        try:
            name, line = self._lines.get(timeout=seconds) if seconds else self._lines.get_nowait()
        except queue.Empty:
            return
        if line is None:
            self._open -= 1
            return
        self._output.append(line)
        if name == "err":
            self._errors.append(line)
        self._on_line(line.rstrip("\n"))

    def _read(self, name: str, stream: IO[str]) -> None:
        with stream:
            for line in iter(lambda: stream.readline(_LONGEST_LINE), ""):
                self._put(name, line)
        self._put(name, None)

    def _put(self, name: str, line: str | None) -> None:
        while not self._closed.is_set():
            try:
                return self._lines.put((name, line), timeout=1)
            except queue.Full:
                continue
        return None
