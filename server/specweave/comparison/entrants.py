"""Which records can be compared with each other, and for every other one the reason why not."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specweave.comparison.kept import Answer, Kept, Question
from specweave.errors import SpecweaveError
from specweave.experiments import ExperimentSummary
from specweave.metrics import Predictions

PREDICTIONS = "predictions.parquet"
Step = Callable[[int], None]


@dataclass(frozen=True)
class Split:
    """What two records must share: task, row numbers, true values, and folds where both have them. Hashes, and n rows."""

    task: str
    n: int
    rows: str
    truth: str
    folds: str | None


class Shelf:
    """Predictions that were read, the first three million rows of them: those of ten thousand records may fill a memory.

    Every pass goes through the records in the same order, so what was read first is what spares a later pass most.
    """

    def __init__(self, room: int = 3_000_000) -> None:
        self._room = room
        self._held: dict[Path, Predictions] = {}

    def predictions(self, path: Path) -> Predictions:
        found = self._held.get(path)
        if found is None:
            found = _in_order(Predictions.load(path))
            if len(found) <= self._room:
                self._room -= len(found)
                self._held[path] = found
        return found


@dataclass
class Entrant:
    """A record with what its out-of-fold predictions are about, or the reason why it stays outside."""

    record: ExperimentSummary
    shelf: Shelf
    id: str
    signature: str = ""
    split: Split | None = None
    why_not: str | None = None

    @property
    def predictions(self) -> Predictions:
        """Read when they are needed: what was kept from before often suffices."""
        return self.shelf.predictions(self.record.path / PREDICTIONS)


def entrants(records: Sequence[ExperimentSummary], seal: str | None, kept: Kept, step: Step) -> list[Entrant]:
    """Every record; comparable are those of one split: the increment's seal, and the rows and folds most of them share.

    `step` is called with the number of each.
    """
    splits, shelf = kept.question("split", 5, 1), Shelf()
    found = []
    for at, record in enumerate(records):
        step(at)
        found.append(_entrant(Entrant(record, shelf, record.id), seal, splits))
    usable = [one.split for one in found if one.split is not None]
    if usable:
        shared = Counter(usable).most_common(1)[0][0]
        for one in found:
            if one.split is not None:
                one.why_not = _other_split(one.split, shared)
    return found


def _in_order(found: Predictions) -> Predictions:
    """By row number, so that those of two records stand beside each other."""
    if found.rows is None or (np.diff(found.rows) >= 0).all():
        return found
    return found.take(np.argsort(found.rows, kind="stable"))


def _entrant(found: Entrant, seal: str | None, splits: Question) -> Entrant:
    record = found.record
    if record.status != "finished":
        found.why_not = f"it is {'interrupted' if record.interrupted else record.status}, not finished"
        return found
    found.signature = _signature(record)
    if not found.signature:
        found.why_not = "it stored no out-of-fold predictions (predictions.parquet)"
        return found
    recorded = (record.metadata.get("data") or {}).get("seal")
    if seal is not None and recorded is not None and recorded != seal:
        found.why_not = "it was trained on another split than the one sealed in this increment"
        return found
    facts = splits.once(found.id, found.signature, lambda: _facts(found))
    if len(facts) == 1:
        found.why_not = f"its predictions cannot be read: {facts[0]}"
    else:
        found.split = Split(*facts)
    return found


def _signature(record: ExperimentSummary) -> str:
    """What changes when the stored predictions do; empty where there are none."""
    try:
        found = os.stat(f"{record.path}{os.sep}{PREDICTIONS}")  # noqa: PTH116  ten thousand Path objects cost more
    except OSError:
        return ""
    return f"{found.st_ino}.{found.st_size}.{found.st_mtime_ns}"


def _facts(one: Entrant) -> Answer:
    """The fields of a Split, or one sentence on why the predictions cannot be read."""
    try:
        found = one.predictions
    except SpecweaveError as error:
        return [error.what]
    rows = np.arange(-len(found), 0) if found.rows is None else found.rows
    return [
        found.task,
        len(found),
        _hash(rows.astype("<i8").tobytes()),
        _hash("\0".join(map(str, found.truth.tolist())).encode()),
        None if found.folds is None else _hash(found.folds.astype("<i8").tobytes()),
    ]


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def _other_split(one: Split, shared: Split) -> str | None:
    if one.task != shared.task:
        return f"it solves a {one.task} problem, the others a {shared.task} one"
    if one.rows != shared.rows:
        return f"it predicted other rows ({one.n:,} rows, the others {shared.n:,})"
    if one.truth != shared.truth:
        return "the true values of its rows are not those of the others"
    if one.folds is not None and shared.folds is not None and one.folds != shared.folds:
        return "its cross-validation used other folds"
    return None
