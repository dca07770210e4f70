"""The thread that brings records to one tracking backend, tries again after failures, and never holds up a training."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from specweave.experiments import values
from specweave.experiments.backends.protocol import Batch, Run, TrackingBackend
from specweave.experiments.changes import Changes

_QUIET_SECONDS = (0.25, 2.0)
_BACKOFF_SECONDS = (0.1, 2.0, 30.0)


class Delivery:
    """One record on its way to one backend. Written by the feed's thread, read by the run's."""

    def __init__(self, run: Run, changes: Changes, tell: Callable[[Delivery], None]) -> None:
        self.run = run
        self.changes = changes
        self.tell = tell
        self.facts: Mapping[str, Any] = {}
        self.collected = Batch()
        self.attempts = 0
        self.error: str | None = None
        self.ending: str | None = None
        self.started = threading.Event()
        self.done = threading.Event()
        self.due = 0.0
        self.pause = _QUIET_SECONDS[0]

    def report(self) -> dict[str, Any]:
        """The state for metadata `backends`."""
        status = "delivered" if self.done.is_set() else "failed" if self.error else "late" if self.ending else "running"
        found = {**self.facts, "status": status, "history_bytes": self.changes.history_bytes}
        if self.attempts:
            found["failed_attempts"] = self.attempts
        return {**found, "error": self.error} if self.error else found


class Feed:
    """All deliveries to one backend, done one after the other in one thread."""

    def __init__(self, backend: TrackingBackend) -> None:
        self.backend = backend
        self.stalled = False
        self._waiting: list[Delivery] = []
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None
        self._process = os.getpid()

    def add(self, delivery: Delivery) -> None:
        with self._change:
            self._waiting.append(delivery)
            if self._thread is None or not self._thread.is_alive():
                name = f"tracking-{self.backend.name}"
                # A daemon: a backend that hangs must not keep the process alive.
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()
            self._change.notify()

    def end(self, delivery: Delivery, status: str) -> None:
        """Everything was logged: deliver the rest now."""
        with self._change:
            delivery.ending = status
            delivery.due = 0.0
            self._change.notify()

    @property
    def is_ours(self) -> bool:
        """Whether its thread runs in this process; a forked child has none."""
        return self._process == os.getpid()

    def _run(self) -> None:
        while True:
            self._work(self._next())

    def _next(self) -> Delivery:
        """The delivery that is due first; waits until one is."""
        with self._change:
            while True:
                now = time.monotonic()
                first = min(self._waiting, key=lambda delivery: delivery.due, default=None)
                if first is not None and first.due <= now:
                    return first
                self._change.wait(None if first is None else first.due - now)

    def _work(self, delivery: Delivery) -> None:
        try:
            self._deliver(delivery)
        except BaseException as error:  # noqa: BLE001  a foreign tracker may raise anything, SystemExit too
            delivery.attempts += 1
            delivery.error = values.text(" ".join(f"{type(error).__name__}: {error}".split())[:500])
            first, ending, longest = _BACKOFF_SECONDS
            wait = first * 2 ** min(delivery.attempts - 1, 20)
            self._put_off(delivery, min(wait, ending if delivery.ending else longest))

    def _deliver(self, delivery: Delivery) -> None:
        # Read first: what was logged before the end is in the files by then.
        ending = delivery.ending
        if not delivery.started.is_set():
            delivery.facts = values.mapping(self.backend.start(delivery.run) or {})
            delivery.tell(delivery)
            delivery.started.set()
        found = False
        while batch := delivery.changes.next():
            self.backend.log(delivery.run, batch)
            delivery.changes.delivered()
            found = True
        if ending:
            self.backend.finish(delivery.run, ending)
            collect = getattr(self.backend, "collect", None)
            delivery.collected = collect(delivery.run) if collect else Batch()
        self.stalled, delivery.error = False, None
        if ending:
            self._close(delivery)
        else:
            delivery.pause = _QUIET_SECONDS[0] if found else min(2 * delivery.pause, _QUIET_SECONDS[1])
            self._put_off(delivery, delivery.pause)

    def _close(self, delivery: Delivery) -> None:
        with self._change:
            self._waiting.remove(delivery)
        delivery.done.set()
        delivery.tell(delivery)

    def _put_off(self, delivery: Delivery, seconds: float) -> None:
        with self._change:
            if delivery.ending is None or delivery.error:
                delivery.due = time.monotonic() + seconds
