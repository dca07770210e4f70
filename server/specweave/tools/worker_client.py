"""The server's end of the pipe to the worker: starts it, sends calls, hands back progress and answers."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from specweave.errors import SpecweaveError

OnProgress = Callable[[float, float, str], Awaitable[None]]
_LINE_LIMIT = 16 * 1024 * 1024


@dataclass
class _Pending:
    answer: asyncio.Future[str]
    on_progress: OnProgress


class WorkerClient:
    """One worker process, started when first needed and again after it died."""

    def __init__(self, command: list[str] | None = None) -> None:
        self._command = command or [sys.executable, "-m", "specweave.tools.worker"]
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._pending: dict[int, _Pending] = {}
        self._numbers = itertools.count(1)
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._process is None or self._process.returncode is not None:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    limit=_LINE_LIMIT,
                    env={**os.environ, "MPLBACKEND": "Agg"},
                )
                self._reader = asyncio.create_task(self._read(self._process))
            return self._process

    async def call(self, tool: str, arguments: dict[str, Any], root: str | None, on_progress: OnProgress) -> str:
        """The text of the answer; SpecweaveError for a failure the user can act on, or when the worker dies."""
        process = await self.start()
        number = next(self._numbers)
        pending = _Pending(asyncio.get_running_loop().create_future(), on_progress)
        self._pending[number] = pending
        try:
            await self._send(process, {"id": number, "tool": tool, "arguments": arguments, "root": root})
            return await pending.answer
        except asyncio.CancelledError:
            with contextlib.suppress(SpecweaveError):
                await asyncio.shield(self._send(process, {"cancel": number}))
            raise
        finally:
            self._pending.pop(number, None)

    async def stop(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        if self._reader:
            await self._reader

    async def _send(self, process: asyncio.subprocess.Process, message: dict[str, Any]) -> None:
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(message).encode() + b"\n")
            await process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise _died() from error

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            await self._handle(json.loads(line))
        await process.wait()
        for pending in self._pending.values():
            if not pending.answer.done():
                pending.answer.set_exception(_died())

    async def _handle(self, message: dict[str, Any]) -> None:
        pending = self._pending.get(message["id"])
        if pending is None or pending.answer.done():
            return
        if "progress" in message:
            await pending.on_progress(*message["progress"])
        elif "error" in message:
            pending.answer.set_exception(ComposedError(message["error"]))
        else:
            pending.answer.set_result(message["text"])


class ComposedError(SpecweaveError):
    """An error whose sentence was already composed in the worker."""

    def __str__(self) -> str:
        return self.what


def _died() -> SpecweaveError:
    return SpecweaveError(
        "The worker process ended before it answered",
        next_step="repeat the call: a new worker starts, and whatever was finished is on disk",
    )
