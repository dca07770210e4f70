"""Connections that take requests as they come; what finds none free waits, and its waiting counts."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from specweave.deployment.load.address import Address
from specweave.deployment.load.connection import Connection
from specweave.deployment.load.exchange import Exchange

clock = time.perf_counter
_TRIES = 0.05
# Sockets are closed by callbacks of the loop's next rounds.
_ROUNDS = 3


class Pool:
    """At most `size` connections to one service; a lost one is replaced."""

    def __init__(self, address: Address, requests: Sequence[bytes], size: int, timeout: float) -> None:
        self._address, self._requests, self._size, self._timeout = address, requests, size, timeout
        self._idle: deque[Connection] = deque()
        self._all: set[Connection] = set()
        self._waiting: deque[Exchange] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._under_way = 0
        self._closed = False
        self.when_answered: Callable[[Exchange], None] = lambda _: None
        self.body = b""
        """The body of the last answer."""

    async def open(self) -> None:
        """Open all connections; OSError when the service takes none."""
        await asyncio.gather(*(self._connect() for _ in range(self._size)))

    def submit(self, exchange: Exchange) -> None:
        """Send now if a connection is free, else as soon as one is."""
        if self._idle:
            self._send(self._idle.popleft(), exchange)
        else:
            self._waiting.append(exchange)

    async def drain(self, deadline: float) -> None:
        """Wait until everything is answered; at the deadline the rest counts as unanswered."""
        while (self._under_way or self._waiting) and clock() < deadline:
            self.sweep()
            await asyncio.sleep(0.005)
        for connection in list(self._all):
            connection.give_up("no answer in time")
        while self._waiting:
            exchange = self._waiting.popleft()
            exchange.sent = exchange.done = clock()
            exchange.problem = "never sent"
            self.when_answered(exchange)

    def sweep(self) -> None:
        """Give up on requests older than the time limit."""
        oldest = clock() - self._timeout
        for connection in list(self._all):
            since = connection.waiting_since
            if since is not None and since < oldest:
                connection.give_up("no answer in time")

    async def close(self) -> None:
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in list(self._all):
            connection.close()
        for _ in range(_ROUNDS):
            await asyncio.sleep(0)

    def _send(self, connection: Connection, exchange: Exchange) -> None:
        exchange.in_flight = self._under_way
        self._under_way += 1
        connection.send(exchange, self._requests[exchange.payload])

    def _answered(self, connection: Connection, exchange: Exchange) -> None:
        self._under_way -= 1
        self.body = connection.body
        if connection.open:
            self._free(connection)
        self.when_answered(exchange)

    def _free(self, connection: Connection) -> None:
        if self._waiting:
            self._send(connection, self._waiting.popleft())
        else:
            self._idle.append(connection)

    def _lost(self, connection: Connection) -> None:
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if not self._closed:
            task = asyncio.get_running_loop().create_task(self._reconnect())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _reconnect(self) -> None:
        """A service that restarts refuses connections for a moment: try until it takes one."""
        while not self._closed:
            try:
                await self._connect()
            except OSError:
                await asyncio.sleep(_TRIES)
            else:
                return

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: Connection(clock, self._answered, self._lost), self._address.host, self._address.port
        )
        self._all.add(connection)
        if connection.open:
            self._free(connection)
