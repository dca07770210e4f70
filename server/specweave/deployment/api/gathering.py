"""Single rows that arrive while a slow model is busy are answered together, as one call for many rows costs little more than for one.

The model works in a thread, so that the service stays reachable. No row waits for others to come: a model at rest answers the
first one at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Said = TypeVar("Said")


class BusyError(Exception):
    """More rows wait than will be answered in time."""


class Gathering(Generic[Asked, Said]):
    """Gathers rows for `answer`, which is called in a thread with at most `most` rows and gives one answer for each."""

    def __init__(
        self, answer: Callable[[Sequence[Asked]], Sequence[Said]], *, most: int = 64, waiting: int = 1024
    ) -> None:
        self._answer, self._most, self._limit = answer, most, waiting
        self._waiting: deque[tuple[Asked, asyncio.Future[Said]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def ask(self, row: Asked) -> Said:
        """The answer for one row. Raises BusyError, and what `answer` raises for this row."""
        if len(self._waiting) >= self._limit:
            raise BusyError(f"{self._limit} rows are waiting")
        future: asyncio.Future[Said] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, future))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        while self._waiting:
            taken = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            # One who no longer waits, as the time was up, needs no answer.
            asked = [(row, future) for row, future in taken if not future.done()]
            if asked:
                found = await asyncio.to_thread(self._answers, [row for row, _ in asked])
                for (_, future), answer in zip(asked, found, strict=True):
                    _settle(future, answer)

    def _answers(self, rows: list[Asked]) -> list[Said | Exception]:
        try:
            return list(self._answer(rows))
        except Exception as error:  # noqa: BLE001  whatever it is, it is told to the one who asked
            # One row spoils the call for all of them, so each is asked alone.
            return [error] if len(rows) == 1 else [answer for row in rows for answer in self._answers([row])]


def _settle(future: asyncio.Future[Said], answer: Said | Exception) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
