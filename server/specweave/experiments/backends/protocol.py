"""What a tracking backend is: something that is told of each record, after the record itself was written.

A backend never sees the training. It is called from a thread of its own with what is new in the record's files, so
it may be slow, fail and be called again with the same batch; the local record is complete without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Run:
    """One record as backends know it. `facts` is metadata.yaml at the start, secrets masked."""

    id: str
    name: str
    kind: str
    increment: str
    folder: Path
    facts: Mapping[str, Any]

    def known(self, backend: str) -> Mapping[str, Any]:
        """What this backend's `start` answered for this record earlier; empty the first time."""
        found = (self.facts.get("backends") or {}).get(backend)
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class MetricValue:
    """One logged value; `value` is None where it was no finite number. `time` is in seconds since 1970."""

    name: str
    value: float | None
    step: float | None
    time: float


@dataclass(frozen=True)
class LoggedFile:
    """A file of the record, by its place in it: "figures/roc.png"."""

    name: str
    path: Path


@dataclass(frozen=True)
class Batch:
    """What is new in a record: params and tags by name (a value logged again replaces the old), metrics in order.

    `model` is metadata `model` of a newly stored model: file, format, sha256, task, features and the like.
    """

    params: Mapping[str, Any] = field(default_factory=dict)
    metrics: tuple[MetricValue, ...] = ()
    tags: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[LoggedFile, ...] = ()
    model: Mapping[str, Any] | None = None

    def __bool__(self) -> bool:
        return bool(self.params or self.metrics or self.tags or self.files or self.model)


class TrackingBackend(Protocol):
    """Three methods and a name; `specweave.experiments.backends.conformance` holds the tests every backend passes.

    Optional, called when they exist: `enter(run)` and `leave(run)` in the thread of a `track_experiment` block, after
    `start`, or, where `start` was not done within five seconds, `missed(run)` and `leave_missed(run)`;
    `collect(run) -> Batch` after `finish`, for facts other code sent to the backend and the record lacks; a class method `for_increment(folder, **options)`, by which a backend named in `.specweave/ml.json` is made.
    """

    name: str

    def start(self, run: Run) -> Mapping[str, Any] | None:
        """Open the run; the facts to keep in the record, such as the run's id there. Again after an interruption."""
        ...

    def log(self, run: Run, batch: Batch) -> None:
        """Take a batch. It is repeated whole when this raises, so what came through before must do no harm."""
        ...

    def finish(self, run: Run, status: str) -> None:
        """Close the run as finished or failed."""
        ...
