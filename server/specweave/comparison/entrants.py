"""Which records can be compared with each other, and for every other one the reason why not."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from specweave.comparison.kept import Kept
from specweave.errors import SpecweaveError
from specweave.experiments import ExperimentSummary
from specweave.metrics import Predictions

PREDICTIONS = "predictions.parquet"


@dataclass(frozen=True)
class Split:
    """What two records must share: task, row numbers, true values, and folds where both have them. Hashes, and n rows."""

    task: str
    n: int
    rows: str
    truth: str
    folds: str | None


@dataclass
class Entrant:
    """A record with what its out-of-fold predictions are about, or the reason why it stays outside."""

    record: ExperimentSummary
    signature: str | None = None
    split: Split | None = None
    why_not: str | None = None

    @property
    def id(self) -> str:
        return self.record.id

    @cached_property
    def mark(self) -> str:
        """The record with the state of its predictions: equal only while they are."""
        return f"{self.record.id} {self.signature}"

    @cached_property
    def predictions(self) -> Predictions:
        """Read when they are needed: what was kept from before often suffices."""
        return Predictions.load(self.record.path / PREDICTIONS)


def entrants(records: Sequence[ExperimentSummary], seal: str | None, kept: Kept) -> list[Entrant]:
    """Every record; comparable are those of one split: the increment's seal, and the rows and folds most of them share."""
    found = [_entrant(record, seal, kept) for record in records]
    usable = [one.split for one in found if one.split is not None]
    if usable:
        shared = Counter(usable).most_common(1)[0][0]
        for one in found:
            if one.split is not None:
                one.why_not = _other_split(one.split, shared)
    return found


def _entrant(record: ExperimentSummary, seal: str | None, kept: Kept) -> Entrant:
    if record.status != "finished":
        return Entrant(record, why_not=f"it is {'interrupted' if record.interrupted else record.status}, not finished")
    signature = _signature(record)
    if signature is None:
        return Entrant(record, why_not="it stored no out-of-fold predictions (predictions.parquet)")
    recorded = (record.metadata.get("data") or {}).get("seal")
    if seal is not None and recorded is not None and recorded != seal:
        return Entrant(record, why_not="it was trained on another split than the one sealed in this increment")
    found = Entrant(record, signature)
    facts = kept.once(f"split {found.mark}", lambda: _facts(found))
    if "unreadable" in facts:
        found.why_not = f"its predictions cannot be read: {facts['unreadable']}"
    else:
        found.split = Split(**facts)
    return found


def _signature(record: ExperimentSummary) -> str | None:
    """What changes when the stored predictions do; None where there are none."""
    try:
        found = os.stat(f"{record.path}{os.sep}{PREDICTIONS}")  # noqa: PTH116  ten thousand Path objects cost more
    except OSError:
        return None
    return f"{found.st_ino}.{found.st_size}.{found.st_mtime_ns}"


def _facts(one: Entrant) -> dict[str, Any]:
    try:
        found = one.predictions
    except SpecweaveError as error:
        return {"unreadable": error.what}
    if found.rows is not None:
        found = found.take(np.argsort(found.rows, kind="stable"))
    rows = np.arange(-len(found), 0) if found.rows is None else found.rows
    return {
        "task": found.task,
        "n": len(found),
        "rows": _hash(rows.astype("<i8").tobytes()),
        "truth": _hash("\0".join(map(str, found.truth.tolist())).encode()),
        "folds": None if found.folds is None else _hash(found.folds.astype("<i8").tobytes()),
    }


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
