"""Sending load: at a constant rate whatever the service does, or as fast as it answers.

With a constant rate the latency counts from the moment a request was due. A generator that waits for answers before it
sends on would ask a stalled service fewer questions, and report the stall once instead of for everybody it kept waiting
("coordinated omission").
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import selectors
import socket
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from specweave.deployment.load.address import Address
from specweave.deployment.load.exchange import Exchange
from specweave.deployment.load.pool import Pool, clock
from specweave.errors import DeploymentError

MOST_CONNECTIONS = 64
TIMEOUT_S = 5.0
_LEAD_S = 0.02
_BURST = 32
_SELECT_LIMIT = 900
Made = TypeVar("Made")


def connections_for(rate: float) -> int:
    """As many connections as keep each in use: servers close those that idle for some seconds."""
    return min(MOST_CONNECTIONS, max(4, math.ceil(rate / 4)))


def send_at_rate(
    address: Address,
    requests: Sequence[bytes],
    *,
    rate: float,
    seconds: float,
    connections: int | None = None,
    timeout: float = TIMEOUT_S,
) -> list[Exchange]:
    """`rate` requests a second for `seconds`, evenly spaced, cycling through `requests`; all of them, in planned order.

    Raises DeploymentError when the service takes no connection.
    """
    n = max(1, round(rate * seconds))
    exchanges = [Exchange(index / rate, index % len(requests)) for index in range(n)]

    async def work(pool: Pool) -> None:
        begin = clock() + _LEAD_S
        for index, exchange in enumerate(exchanges):
            exchange.planned += begin
            wait = exchange.planned - clock()
            if wait > 0:
                await asyncio.sleep(wait)
            elif index % _BURST == 0:
                await asyncio.sleep(0)  # Behind the plan: answers have to be read all the same.
            pool.submit(exchange)
            if index % _BURST == 0:
                pool.sweep()
        await pool.drain(clock() + timeout)

    _run(address, requests, connections or connections_for(rate), timeout, work)
    return exchanges


def send_back_to_back(
    address: Address, requests: Sequence[bytes], *, connections: int, seconds: float, timeout: float = TIMEOUT_S
) -> tuple[list[Exchange], float]:
    """Each connection sends its next request when the last is answered; the exchanges, and how long it took."""
    exchanges: list[Exchange] = []
    took = 0.0

    async def work(pool: Pool) -> None:
        nonlocal took
        begin = clock()
        end = begin + seconds

        def send_next(_: Exchange | None = None) -> None:
            if clock() < end:
                exchange = Exchange(clock(), len(exchanges) % len(requests))
                exchanges.append(exchange)
                pool.submit(exchange)

        pool.when_answered = send_next
        for _ in range(connections):
            send_next()
        while clock() < end:
            await asyncio.sleep(0.02)
            pool.sweep()
        await pool.drain(clock() + timeout)
        took = clock() - begin

    _run(address, requests, connections, timeout, work)
    return exchanges, took


def ask(address: Address, request: bytes, *, timeout: float = TIMEOUT_S) -> tuple[Exchange, bytes]:
    """One request and the body of its answer. Raises DeploymentError when the service takes no connection."""
    exchange, body = Exchange(0.0, 0), b""

    async def work(pool: Pool) -> None:
        nonlocal body
        exchange.planned = clock()
        pool.submit(exchange)
        await pool.drain(clock() + timeout)
        body = pool.body

    _run(address, [request], 1, timeout, work)
    return exchange, body


def _run(
    address: Address,
    requests: Sequence[bytes],
    size: int,
    timeout: float,
    work: Callable[[Pool], Coroutine[Any, Any, None]],
) -> None:
    async def whole() -> None:
        pool = Pool(address, requests, size, timeout)
        try:
            async with asyncio.timeout(timeout):
                await pool.open()
        except (OSError, TimeoutError) as error:
            raise DeploymentError(
                "The service takes no connection",
                value=address.url,
                allowed="a service that runs and listens there",
                next_step="start it, or correct the address",
            ) from error
        else:
            await work(pool)
        finally:
            await pool.close()

    in_own_loop(whole())


def in_own_loop(work: Coroutine[Any, Any, Made]) -> Made:
    """Run it in a thread with a loop of its own, so that callers with a running loop (notebooks) can call too."""
    outcome: list[Made] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with contextlib.closing(_precise_loop()) as loop:
                outcome.append(loop.run_until_complete(work))
        except BaseException as error:  # noqa: BLE001  told in the caller's thread
            failures.append(error)

    thread = threading.Thread(target=run, name="load")
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return outcome[0]


def _precise_loop() -> asyncio.SelectorEventLoop:
    """A loop that wakes to the microsecond: epoll, the usual choice, rounds waits up to whole milliseconds.

    select takes file numbers below 1,024 only; a process with that many open files gets the usual loop.
    """
    with socket.socket() as probe:
        few = probe.fileno() < _SELECT_LIMIT
    return asyncio.SelectorEventLoop(selectors.SelectSelector() if few else None)
