"""Which records can be compared with each other, and for every other one the reason why not."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from specweave.comparison.kept import Answer, Kept
from specweave.errors import SpecweaveError
from specweave.experiments import ExperimentSummary
from specweave.experiments.index import Look, looking
from specweave.metrics import Predictions

PREDICTIONS = "predictions.parquet"
Step = Callable[[int], None]


class Split(NamedTuple):
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
    found = [Entrant(record, shelf, record.id) for record in records]
    with looking(kept.experiments) as look:
        for one in found:
            one.signature = _signature(look, one.id)
    for one in found:
        one.why_not = _why_unusable(one, seal)
    usable = [one for one in found if one.why_not is None]
    known = splits.known_of(usable)
    for at, one in enumerate(usable):
        facts = known.get(one.id)
        if facts is None:
            step(at)
            facts = splits.keep(one.id, one.signature, _facts(one))
        if len(facts) == 1:
            one.why_not = f"its predictions cannot be read: {facts[0]}"
        else:
            one.split = Split._make(facts)
    _leave_out_other_splits([one for one in usable if one.why_not is None])
    return found


def _leave_out_other_splits(found: Sequence[Entrant]) -> None:
    if not found:
        return
    shared = Counter([one.split for one in found]).most_common(1)[0][0]
    for one in found:
        if one.split is not None and shared is not None and one.split != shared:
            one.why_not = _other_split(one.split, shared)


def _in_order(found: Predictions) -> Predictions:
    """By row number, so that those of two records stand beside each other."""
    if found.rows is None or (np.diff(found.rows) >= 0).all():
        return found
    return found.take(np.argsort(found.rows, kind="stable"))


def _why_unusable(one: Entrant, seal: str | None) -> str | None:
    record = one.record
    if record.status != "finished":
        return f"it is {'interrupted' if record.interrupted else record.status}, not finished"
    if not one.signature:
        return "it stored no out-of-fold predictions (predictions.parquet)"
    recorded = (record.metadata.get("data") or {}).get("seal")
    if seal is not None and recorded is not None and recorded != seal:
        return "it was trained on another split than the one sealed in this increment"
    return None


def _signature(look: Look, record: str) -> str:
    """What changes when the stored predictions do; empty where there are none."""
    try:
        found = look(f"{record}/{PREDICTIONS}")
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
