"""Which records can be compared with each other, and for every other one the reason why not."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from specweave.comparison.kept import Kept
from specweave.comparison.records import Records
from specweave.errors import SpecweaveError
from specweave.experiments import ExperimentSummary, record
from specweave.experiments.index import ABSENT, CLOSED, is_settled, looking, signature_of
from specweave.metrics import Predictions
from specweave.problem import Task

PREDICTIONS = "predictions.parquet"
# What a comparison reads of a record; the predictions are the last.
FILES = (record.METADATA, record.PARAMS, record.METRICS, PREDICTIONS)
Step = Callable[[int], None]


class Split(NamedTuple):
    """What two records must share: task, row numbers, true values, and folds where both have them. Hashes, and n rows."""

    task: Task
    n: int
    rows: str
    truth: str
    folds: str | None


class Facts(NamedTuple):
    """What any comparison needs of a record; kept, because reading ten thousand takes longer than comparing them."""

    name: str
    kind: str
    status: str
    params: dict[str, Any]
    seconds: float | None
    model_sha256: str | None
    seal: str | None
    split: Sequence[Any] | None
    why_not: str | None


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


@dataclass(slots=True)
class Entrant:
    """A record as it is compared, or with the reason why it stays outside.

    `files` changes whenever one of the record's files does, `signature` when the predictions do. What was read from files
    that are not settled may not be kept.
    """

    id: str
    home: Path
    shelf: Shelf
    files: str
    settled: bool
    facts: Facts
    signature: str = ""
    split: Split | None = None
    why_not: str | None = None

    @property
    def path(self) -> Path:
        return self.home / self.id

    @property
    def kind(self) -> str:
        return self.facts.kind

    @property
    def name(self) -> str:
        return self.facts.name

    @property
    def status(self) -> str:
        return self.facts.status

    @property
    def model_sha256(self) -> str | None:
        return self.facts.model_sha256

    @property
    def predictions(self) -> Predictions:
        """Read when they are needed: what was kept from before often suffices."""
        return self.shelf.predictions(self.path / PREDICTIONS)


def entrants(
    records: Records, names: Sequence[str], kept: Kept, step: Step, *, wanted: set[str] | None, seal: str | None
) -> list[Entrant]:
    """The records of these names that are wanted, and every baseline; comparable are those of one split.

    That is the increment's seal, and the rows and folds most of them share. `step` is called with the number of each that is
    read.
    """
    found = _read(records, names, kept, step, wanted)
    for one in found:
        one.signature = one.files.rpartition(" ")[2]
        one.why_not = one.facts.why_not or _why_not_of_seal(one.facts, seal)
        if one.why_not is None and one.facts.split is not None:
            one.split = Split._make(one.facts.split)
    _leave_out_other_splits([one for one in found if one.why_not is None])
    return found


def _read(records: Records, names: Sequence[str], kept: Kept, step: Step, wanted: set[str] | None) -> list[Entrant]:
    home, shelf, question = kept.experiments, Shelf(), kept.question("facts", Facts._fields)
    found = []
    with looking(home) as look:
        files = {name: signature_of(look, name, FILES) for name in names}
        known = question.known_of(files)
        for at, name in enumerate(names):
            facts, settled = known.get(name), True
            if facts is None:
                read = records[name]
                if wanted is not None and name not in wanted and read.kind != "baseline":
                    continue
                step(at)
                facts = _facts(read, shelf, there=not files[name].endswith(ABSENT))
                settled = facts.status in CLOSED and not read.damage and is_settled(look, name, FILES)
                question.keep(name, files[name] if settled else None, facts)
            elif wanted is not None and name not in wanted and facts[1] != "baseline":
                continue
            found.append(Entrant(name, home, shelf, files[name], settled, Facts._make(facts)))
    return found


def _facts(one: ExperimentSummary, shelf: Shelf, *, there: bool) -> Facts:
    spent, data = one.metadata.get("duration_s"), one.metadata.get("data")
    seal = data.get("seal") if isinstance(data, dict) else None
    split, why_not = _split(one, shelf, there=there)
    seconds = spent if isinstance(spent, int | float) else None
    return Facts(one.name, one.kind, one.status, one.params, seconds, one.model_sha256, seal, split, why_not)


def _split(one: ExperimentSummary, shelf: Shelf, *, there: bool) -> tuple[Split | None, str | None]:
    """What its predictions are about, or why it has none that can be compared."""
    if one.status != "finished":
        return None, f"it is {'interrupted' if one.interrupted else one.status}, not finished"
    if not there:
        return None, "it stored no out-of-fold predictions (predictions.parquet)"
    try:
        return _split_of(shelf.predictions(one.path / PREDICTIONS)), None
    except SpecweaveError as error:
        return None, f"its predictions cannot be read: {error.what}"


def _split_of(found: Predictions) -> Split:
    rows = np.arange(-len(found), 0) if found.rows is None else found.rows
    return Split(
        found.task,
        len(found),
        _hash(rows.astype("<i8").tobytes()),
        _hash("\0".join(map(str, found.truth.tolist())).encode()),
        None if found.folds is None else _hash(found.folds.astype("<i8").tobytes()),
    )


def _why_not_of_seal(facts: Facts, seal: str | None) -> str | None:
    if seal is not None and facts.seal is not None and facts.seal != seal:
        return "it was trained on another split than the one sealed in this increment"
    return None


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
