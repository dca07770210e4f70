"""The warm process that does heavy work, so that the server stays quick and a crash costs one call.

It reads one JSON object a line from standard input, `{"id", "tool", "arguments", "root"}` or `{"cancel": id}`, and writes
`{"id", "progress": [done, total, message]}`, then `{"id", "text"}` or `{"id", "error"}`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TextIO

from specweave.errors import SpecweaveError
from specweave.patience import sleep_while_waiting
from specweave.tools.calls import perform, unexpected

MESSAGE_LIMIT = 200
_PRELOADED = (
    "specweave.data.profiling",
    "specweave.data.report",
    "specweave.increments.completion",
    "specweave.increments.refreshing",
    "specweave.problems.tabular",
    "specweave.evaluation.running",
)


class CancelledCallError(SpecweaveError):
    """The client no longer wants the answer."""


class Worker:
    """Answers calls on a few threads; the pipe is written by one at a time."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._writing = threading.Lock()
        self._cancelled: set[Any] = set()
        self._pool = ThreadPoolExecutor(max_workers=3, thread_name_prefix="call")

    def serve(self, lines: TextIO) -> None:
        self._pool.submit(_preload)
        for line in lines:
            message = json.loads(line)
            if "cancel" in message:
                self._cancelled.add(message["cancel"])
            else:
                self._pool.submit(self._answer, message)
        # The server is gone: nobody is left to answer, and jobs live in processes of their own.
        os._exit(0)

    def _answer(self, message: dict[str, Any]) -> None:
        number = message["id"]

        def progress(done: float, total: float, text: str) -> None:
            if number in self._cancelled:
                raise CancelledCallError("The call was cancelled")
            self._write({"id": number, "progress": [done, total, text[:MESSAGE_LIMIT]]})

        try:
            text = perform(message["tool"], message["arguments"], root=message.get("root"), progress=progress)
            self._write({"id": number, "text": text})
        except SpecweaveError as error:
            self._write({"id": number, "error": str(error)})
        except BaseException as error:  # noqa: BLE001 - the caller waits for an answer whatever happened
            self._write({"id": number, "error": str(unexpected(error))})
        finally:
            self._cancelled.discard(number)

    def _write(self, message: dict[str, Any]) -> None:
        with self._writing, contextlib.suppress(BrokenPipeError):
            self._out.write(json.dumps(message, ensure_ascii=False) + "\n")
            self._out.flush()


def _preload() -> None:
    from importlib import import_module

    for name in _PRELOADED:
        with contextlib.suppress(Exception):
            import_module(name)


def main() -> None:
    sleep_while_waiting()
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    # The pipes are kept private: a stray print, or a native library's, must not land between the answers.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    lines = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    Worker(out).serve(lines)


if __name__ == "__main__":
    main()
