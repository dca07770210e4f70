"""A lean HTTP/1.1 client connection: one request at a time, answers parsed no further than counting needs.

General clients spend more time on a request than a fast service does, and would measure themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from specweave.deployment.load.exchange import Exchange

_END = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """Sends a request and tells `answered(connection, exchange)` when its answer is whole or cannot come any more."""

    def __init__(
        self,
        clock: Callable[[], float],
        answered: Callable[[Connection, Exchange], None],
        lost: Callable[[Connection], None],
    ) -> None:
        self._clock = clock
        self._answered = answered
        self._lost = lost
        self._buffer = bytearray()
        self._current: Exchange | None = None
        self._transport: Any = None
        self.body = b""
        """The last answer's body."""
        self.open = False
        self._keep = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self.open = True

    def send(self, exchange: Exchange, request: bytes) -> None:
        self._current = exchange
        exchange.sent = self._clock()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(_END)
        if head < 0:
            return
        length = self._length(bytes(self._buffer[:head]).lower(), head + len(_END))
        if length is None or len(self._buffer) < head + len(_END) + length:
            return
        self._finish(head, length)

    def _length(self, head: bytes, start: int) -> int | None:
        """Bytes of the body; None while a chunked one is incomplete."""
        self._keep = b"connection: close" not in head
        at = head.find(b"\r\ncontent-length:")
        if at >= 0:
            return int(head[at + 17 :].split(b"\r\n", 1)[0])
        if b"\r\ntransfer-encoding: chunked" in head:
            end = self._buffer.find(b"0\r\n\r\n", start)
            whole = end >= 0 and (end == start or self._buffer[end - 2 : end] == b"\r\n")
            return end + 5 - start if whole else None
        return 0

    def _finish(self, head: int, length: int) -> None:
        exchange, self._current = self._current, None
        start = head + len(_END)
        self.body = bytes(self._buffer[start : start + length])
        first = bytes(self._buffer[:head])
        del self._buffer[: start + length]
        if exchange is None:  # An answer nobody waits for: the server gave up on an idle connection.
            self.close()
            return
        exchange.done = self._clock()
        exchange.status = int(first[9:12])
        exchange.timing = _header(first, b"server-timing")
        if not self._keep:
            self.close()
        self._answered(self, exchange)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  the protocol's signature
        self.open = False
        exchange, self._current = self._current, None
        self._lost(self)
        if exchange is not None:
            exchange.done = self._clock()
            exchange.problem = "connection closed"
            self._answered(self, exchange)

    def give_up(self, problem: str) -> None:
        """End the request under way as unanswered."""
        exchange, self._current = self._current, None
        self.close()
        if exchange is not None:
            exchange.done = self._clock()
            exchange.problem = problem
            self._answered(self, exchange)

    @property
    def waiting_since(self) -> float | None:
        return None if self._current is None else self._current.sent

    def close(self) -> None:
        self.open = False
        if self._transport is not None:
            self._transport.abort()


def _header(head: bytes, name: bytes) -> bytes:
    at = head.lower().find(b"\r\n" + name + b":")
    return b"" if at < 0 else head[at + len(name) + 3 :].split(b"\r\n", 1)[0].strip()
