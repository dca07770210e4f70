"""The real server as a child process: lines in, lines out, both without blocking the door."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Callable

MODULE = "specweave.tools.server"
PATIENCE = 3.0  # seconds a server gets to end by itself after its input has ended


class Child:
    """A running server; `on_line` and `on_exit` are called from its reader thread."""

    def __init__(
        self,
        *,
        python: Path,
        server: Path,
        variables: Mapping[str, str],
        error_log: Path | None,
        on_line: Callable[[Child, bytes], None],
        on_exit: Callable[[Child, int], None],
    ) -> None:
        self._on_line = on_line
        self._on_exit = on_exit
        self._outbox: queue.Queue[bytes | None] = queue.Queue()
        with open(error_log or os.devnull, "ab") as errors:
            # -P: a random.py in the user's project, which is the working directory, must not shadow anything.
            self._process = subprocess.Popen(
                [str(python), "-P", "-m", MODULE],
                env=_environment(server, variables),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        threading.Thread(target=self._read, name="child-reader", daemon=True).start()
        threading.Thread(target=self._write, name="child-writer", daemon=True).start()

    def send(self, line: bytes) -> None:
        self._outbox.put(line if line.endswith(b"\n") else line + b"\n")

    def stop(self) -> None:
        """End its input, then ask, then insist."""
        self._outbox.put(None)
        for end in (None, self._process.terminate, self._process.kill):
            if end is not None:
                end()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                continue
            return

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._on_line(self, line)
        self._on_exit(self, self._process.wait())

    def _write(self) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        try:
            while (line := self._outbox.get()) is not None:
                stdin.write(line)
                stdin.flush()
        except OSError:
            pass  # it died; the reader reports that
        finally:
            try:
                stdin.close()
            except OSError:
                pass


def _environment(server: Path, variables: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in variables.items() if name not in ("PYTHONHOME", "PYTHONSTARTUP")}
    kept["PYTHONPATH"] = str(server)
    return kept
