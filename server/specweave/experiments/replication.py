"""Telling the tracking backends of a record: begun when the run starts, ended with a bounded wait when it finishes.

The record's own files are always written first and never wait for a backend. What could not be delivered is said in
metadata `backends` and by one warning; `deliver` sends such a record again.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from specweave.experiments.backends import registry
from specweave.experiments.backends.protocol import Batch, Run, TrackingBackend
from specweave.experiments.changes import Changes
from specweave.experiments.feed import Delivery, Feed
from specweave.experiments.telling import TrackingWarning, warn
from specweave.workspace import IncrementFolder

if TYPE_CHECKING:
    from specweave.experiments.experiment import Experiment

WAIT_VARIABLE = "SPECWEAVE_TRACKING_WAIT"
_WAIT_SECONDS = 10.0
_START_SECONDS = 5.0
_STALLED_SECONDS = 0.1
_AT_EXIT_SECONDS = 3.0
_feeds: dict[int, Feed] = {}
_unfinished: list[Delivery] = []
_guard = threading.Lock()
_paused: ContextVar[bool] = ContextVar("specweave_replication_paused", default=False)


class Replication:
    """One record on its way to every backend that is switched on."""

    def __init__(self, experiment: Experiment, deliveries: list[tuple[Feed, Delivery]], failed: dict[str, str]) -> None:
        self._experiment = experiment
        self._deliveries = deliveries
        self._failed = failed
        self._process = os.getpid()

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Backends that make the run the current one in this thread do so; those not ready in time go without."""
        inside = [(feed.backend, delivery) for feed, delivery in self._deliveries if hasattr(feed.backend, "enter")]
        deadline = time.monotonic() + _START_SECONDS
        entered, missed = [], []
        for backend, delivery in inside:
            in_time = delivery.started.wait(max(0.0, deadline - time.monotonic()))
            if in_time and _try(backend, "enter", delivery):
                entered.append((backend, delivery))
            elif hasattr(backend, "missed") and _try(backend, "missed", delivery):
                missed.append((backend, delivery))
        try:
            yield
        finally:
            for backend, delivery in reversed(entered):
                _try(backend, "leave", delivery)
            for backend, delivery in reversed(missed):
                _try(backend, "leave_missed", delivery)

    def end(self, status: str) -> None:
        """Deliver the rest, wait for it a bounded time, report."""
        if self._process != os.getpid():
            return
        for feed, delivery in self._deliveries:
            feed.end(delivery, status)
        deadline = time.monotonic() + _seconds_to_wait()
        for feed, delivery in self._deliveries:
            # One that hangs is waited for once, not at the end of each of a thousand runs.
            until = time.monotonic() + _STALLED_SECONDS if feed.stalled else deadline
            if not delivery.done.wait(max(0.0, until - time.monotonic())):
                feed.stalled = True
        self._take_in_collected()
        self._report()

    def _take_in_collected(self) -> None:
        for _, delivery in self._deliveries:
            if delivery.done.is_set():
                take_in(self._experiment, delivery.collected)

    def _report(self) -> None:
        report: dict[str, Any] = {feed.backend.name: delivery.report() for feed, delivery in self._deliveries}
        report.update({name: {"status": "failed", "error": error} for name, error in self._failed.items()})
        self._experiment.update_metadata(backends=report)
        with _guard:
            _unfinished.extend(delivery for _, delivery in self._deliveries if not delivery.done.is_set())
        _warn(self._experiment.id, {name: facts for name, facts in report.items() if facts["status"] != "delivered"})


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """Records created inside are told to no backend: they come from one."""
    token = _paused.set(True)
    try:
        yield
    finally:
        _paused.reset(token)


def begin(experiment: Experiment) -> Replication | None:
    """Start to deliver the record; None when only the local record is kept."""
    folder = IncrementFolder(experiment.path.parent.parent)
    if _paused.get():
        return None
    backends, failed = registry.active_backends(folder)
    if not backends and not failed:
        return None
    run = _run(experiment, folder)
    deliveries = [(_feed(backend), _delivery(experiment, run, backend)) for backend in backends]
    for feed, delivery in deliveries:
        feed.add(delivery)
    from specweave.experiments.values import text

    return Replication(experiment, deliveries, {name: text(str(error)) for name, error in failed.items()})


def deliver(experiment: Experiment, backend: str | TrackingBackend) -> dict[str, Any]:
    """Send a whole record to a backend, here and now; for one that was out of reach when the run ended.

    `backend` is an object or a registered name. Returns what metadata `backends` then says; raises what it raises.
    """
    folder = IncrementFolder(experiment.path.parent.parent)
    found = registry.find_backend(folder, backend) if isinstance(backend, str) else backend
    run = _run(experiment, folder)
    delivery = _delivery(experiment, run, found)
    delivery.facts = found.start(run) or {}
    while batch := delivery.changes.next():
        found.log(run, batch)
        delivery.changes.delivered()
    found.finish(run, "failed" if experiment.status == "failed" else "finished")
    delivery.done.set()
    experiment.update_metadata(backends={found.name: None})
    experiment.update_metadata(backends={found.name: delivery.report()})
    return delivery.report()


def take_in(experiment: Experiment, batch: Batch) -> None:
    """Write a batch that came from elsewhere into the record."""
    if batch.params:
        experiment.log_params(batch.params)
    if batch.metrics:
        experiment.log_history(batch.metrics)
    if batch.tags:
        experiment.set_tags(batch.tags)
    for file in batch.files:
        experiment.log_artifact(file.path, file.name)
    if batch.model:
        experiment.update_metadata(foreign_models=dict(batch.model))


def _run(experiment: Experiment, folder: IncrementFolder) -> Run:
    facts = experiment.metadata
    return Run(experiment.id, experiment.name, experiment.kind, folder.id, experiment.path, facts)


def _delivery(experiment: Experiment, run: Run, backend: TrackingBackend) -> Delivery:
    reached = run.known(backend.name).get("history_bytes")

    def tell(delivery: Delivery) -> None:
        experiment.update_metadata(backends={backend.name: {**delivery.report(), "error": None}})
        with _guard, contextlib.suppress(ValueError):
            _unfinished.remove(delivery)

    return Delivery(run, Changes(run.folder, reached if isinstance(reached, int) else 0), tell)


def _feed(backend: TrackingBackend) -> Feed:
    with _guard:
        found = _feeds.get(id(backend))
        if found is None or not found.is_ours or found.backend is not backend:
            found = _feeds[id(backend)] = Feed(backend)
        return found


def _try(backend: Any, method: str, delivery: Delivery) -> bool:
    try:
        getattr(backend, method)(delivery.run)
    except Exception as error:  # noqa: BLE001  a tracker must not stop a training
        delivery.error = f"{method}: {type(error).__name__}: {error}"[:500]
        return False
    return True


def _seconds_to_wait() -> float:
    try:
        return max(0.0, float(os.environ[WAIT_VARIABLE]))
    except (KeyError, ValueError):
        return _WAIT_SECONDS


def _warn(identifier: str, troubled: dict[str, Any]) -> None:
    if not troubled:
        return
    why = "; ".join(
        f"{name} {facts['status']} ({facts.get('error') or 'not done yet'})" for name, facts in troubled.items()
    )
    message = (
        f"The record {identifier} is complete, but not every tracking backend has it: {why}. "
        f"It is tried again until this process ends; later: specweave.experiments.deliver(experiment, name)."
    )
    warn(message, TrackingWarning)


def _at_exit() -> None:
    deadline = time.monotonic() + _AT_EXIT_SECONDS
    with _guard:
        waiting = list(_unfinished)
    for delivery in waiting:
        delivery.done.wait(max(0.0, deadline - time.monotonic()))


atexit.register(_at_exit)
