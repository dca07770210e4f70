"""The sealed test set: written once, handed out only against an entry in a ledger of looks.

data/training.parquet      what every training tool reads
data/sealed/test.parquet   what only `open_sealed` reads
data/split.json            the plan, fingerprints and hashes; written last, it makes the seal
data/looks.jsonl           one hash-chained line for each look, written before rows are handed out
data/looks-head.json       length and last hash of the ledger, so that a shortened one is noticed

What else knows of a look, so that ledger and head cannot be shortened together, is in `data.witness`.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from specweave.data import chain, witness
from specweave.data.earlier_looks import looks_at, row_numbers, sentence_on
from specweave.data.split import SplitPlan
from specweave.errors import SealedError
from specweave.workspace import (
    IncrementFolder,
    lock,
    read_json,
    storage_errors,
    write_bytes,
    write_json,
    write_text,
)

TRAINING_FILE = "training.parquet"
TEST_FILE = "sealed/test.parquet"
SPLIT_FILE = "split.json"
LEDGER_FILE = "looks.jsonl"
HEAD_FILE = "looks-head.json"
_IGNORED = "# Rows stay out of version control; the split, its hashes and the ledger of looks belong in it.\n*.parquet\nsealed/\n.seal.lock\n"


class HasFingerprint(Protocol):
    """A `specweave.data.Fingerprint`, as far as it is needed here."""

    @property
    def content(self) -> str: ...
    @property
    def schema_hash(self) -> str: ...


@dataclass(frozen=True)
class Side:
    """One side of the split: file below data/, number of rows, hash of the row numbers and of the file."""

    file: str
    rows: int
    rows_sha256: str
    file_sha256: str


@dataclass(frozen=True)
class Seal:
    """What data/split.json says."""

    strategy: str
    target: str
    group: str | None
    time: str | None
    reason: str
    evidence: dict[str, Any]
    fingerprint: dict[str, str]
    training: Side
    test: Side
    created: str
    id: str

    @property
    def n_train(self) -> int:
        return self.training.rows

    @property
    def n_test(self) -> int:
        return self.test.rows


@dataclass(frozen=True)
class Look:
    """One evaluation on the sealed rows; `hash` covers all other fields, `previous` is the hash before it."""

    n: int
    time: str
    who: str
    experiment: str
    purpose: str
    previous: str
    hash: str


def is_sealed(folder: IncrementFolder) -> bool:
    """Whether a test set has been set aside in this increment."""
    return (folder.data / SPLIT_FILE).is_file()


def seal(folder: IncrementFolder, frame: pd.DataFrame, plan: SplitPlan, fingerprint: HasFingerprint) -> Seal:
    """Write both sides once; with the same data and target a seal that exists is kept as it is.

    Looks other increments took at these test rows are named in the reason and kept in the evidence.

    Raises
    ------
    SealedError
        The increment has sealed other data, or another target.
    """
    with lock(folder.data / ".seal.lock"):
        if is_sealed(folder):
            return _kept(read_seal(folder), plan, fingerprint)
        if not (folder.data / ".gitignore").exists():
            write_text(folder.data / ".gitignore", _IGNORED)
        earlier = looks_at(folder, content=fingerprint.content, target=plan.target, rows=plan.test_rows)
        facts = {
            "strategy": plan.strategy,
            "target": plan.target,
            "group": plan.group,
            "time": plan.time,
            "reason": f"{plan.reason}{sentence_on(earlier)}".strip(),
            "evidence": plan.evidence | ({"looks_elsewhere": earlier} if earlier else {}),
            "fingerprint": {"content": fingerprint.content, "schema_hash": fingerprint.schema_hash},
            "training": asdict(_write_side(folder, TRAINING_FILE, frame, plan.train_rows)),
            "test": asdict(_write_side(folder, TEST_FILE, frame, plan.test_rows)),
            "created": _now(),
        }
        with storage_errors(folder.data / TEST_FILE):
            (folder.data / TEST_FILE).chmod(0o400)
        identity = chain.digest(facts)
        write_json(folder.data / SPLIT_FILE, {**facts, "id": identity})
        witness.testify(folder, seal=identity, n=0, hash_=identity, content=fingerprint.content, target=plan.target)
    return read_seal(folder)


def read_seal(folder: IncrementFolder) -> Seal:
    """The seal of the increment, checked against its own hash.

    Raises
    ------
    SealedError
        Nothing is sealed yet, or split.json was changed by hand.
    """
    path = folder.data / SPLIT_FILE
    if not path.is_file():
        raise SealedError(
            "No test set is sealed in this increment yet",
            value=folder.id,
            next_step="seal one with run_experiment or `sw-ml run`, which prepare the data first",
        )
    facts = read_json(path)
    claimed = facts.pop("id", None) if isinstance(facts, dict) else None
    if claimed is None or claimed != chain.digest(facts):
        raise SealedError(
            "data/split.json was changed after the test set was sealed",
            value=str(path),
            next_step="restore it from version control, or start a new increment",
        )
    training, test = Side(**facts.pop("training")), Side(**facts.pop("test"))
    return Seal(**facts, training=training, test=test, id=claimed)


def training_rows(folder: IncrementFolder) -> pd.DataFrame:
    """The rows a model may learn from; the index holds their row numbers. No sealed row is among them.

    Raises
    ------
    SealedError
        Nothing is sealed, or the file is not the one the seal was made with.
    """
    return _read_side(folder, read_seal(folder).training)


def open_sealed(
    folder: IncrementFolder, *, experiment: str, purpose: str, who: str, promised: dict[str, Any] | None = None
) -> tuple[pd.DataFrame, Look]:
    """The sealed rows and the look that was written into the ledger before they were read.

    Parameters
    ----------
    folder : IncrementFolder
    experiment : str
        Record the look is for, such as ``"exp-003-lightgbm"``.
    purpose, who : str
        For the reader of the ledger.
    promised : dict, optional
        The problem of spec.md as it stands, kept outside the increment: what counts as success is agreed before a look.

    Raises
    ------
    SealedError
        The sealed file, the split or the ledger was changed.
    """
    found = read_seal(folder)
    with lock(folder.data / ".seal.lock"):
        _ledger(folder, found)
        frame = _read_side(folder, found.test)
        facts = {"time": _now(), "who": who, "experiment": experiment, "purpose": purpose}
        look = Look(**chain.append(folder.data / LEDGER_FILE, found.id, facts))
        write_json(folder.data / HEAD_FILE, {"n": look.n, "hash": look.hash})
        said = {"experiment": experiment, "who": who} | ({} if promised is None else {"promised": promised})
        witness.testify(folder, seal=found.id, n=look.n, hash_=look.hash, **said)
    return frame, look


def sealed_rows_among(folder: IncrementFolder, frame: pd.DataFrame) -> int:
    """How many rows of a table are, by their values in the columns it shares with the source, sealed rows.

    Rows that equal a training row too are not counted, since they may come from there; nor are as few as chance
    explains where many sealed rows have a twin among the training rows. No value of a sealed row leaves this function
    and no look is taken.
    """
    from specweave.data.fingerprints import row_hashes

    shared = [name for name in sealed_columns(folder) if name in frame.columns]
    if not shared or not len(frame):
        return 0
    return sealed_rows_hashed(folder, row_hashes(frame[shared]), lambda side: row_hashes(side[shared]))


def sealed_columns(folder: IncrementFolder) -> list[str]:
    """The names of the columns of both sides, as the training file has them."""
    return [str(name) for name in _read_side(folder, read_seal(folder).training).columns]


def sealed_rows_hashed(folder: IncrementFolder, given: np.ndarray, hashed: Callable[[pd.DataFrame], np.ndarray]) -> int:
    """As `sealed_rows_among` for rows of which only hashes are known; `hashed` makes them of a table, one a row."""
    found = read_seal(folder)
    of_sealed, of_training = (hashed(_read_side(folder, side)) for side in (found.test, found.training))
    twins = float(np.isin(of_sealed, of_training).mean())
    touched = int((np.isin(given, of_sealed) & ~np.isin(given, of_training)).sum())
    by_chance = twins * len(given) * found.n_test / max(found.n_train, 1)
    return touched if touched > 3 * by_chance else 0


def rows_of_last_look(folder: IncrementFolder, look: Look) -> pd.DataFrame:
    """The sealed rows once more, for the last look of the ledger alone: work it paid for that broke off goes on.

    Raises
    ------
    SealedError
        Another look was taken since, or the sealed file, the split or the ledger was changed.
    """
    taken = looks(folder)
    if not taken or taken[-1] != look:
        raise SealedError("The look is not the last one of the ledger", value=look.n, next_step="take a new look")
    return _read_side(folder, read_seal(folder).test)


def looks(folder: IncrementFolder) -> list[Look]:
    """All looks so far, oldest first, after the chain has been verified.

    Raises
    ------
    SealedError
        A line was changed, removed or inserted; the first such line is named.
    """
    if not is_sealed(folder):
        return []
    return _ledger(folder, read_seal(folder))


def looks_elsewhere(folder: IncrementFolder, *, before_own: bool = False) -> dict[str, int]:
    """Number of looks other increments took at the same data, target and (some of) the same test rows, by their ids.

    With `before_own` only those up to the newest look of this increment: later ones do not touch what it found.

    Raises SealedError when the seal or the ledger was changed.
    """
    if not is_sealed(folder):
        return {}
    found = read_seal(folder)
    own = _ledger(folder, found) if before_own else []
    return looks_at(
        folder,
        content=found.fingerprint["content"],
        target=found.target,
        rows=row_numbers(folder.data / found.test.file),
        until=own[-1].time if own else None,
    )


def looks_spent(folder: IncrementFolder) -> int:
    """All looks at the test rows, here and in other increments: what the budget is held against."""
    return len(looks(folder)) + sum(looks_elsewhere(folder).values())


def _kept(found: Seal, plan: SplitPlan, fingerprint: HasFingerprint) -> Seal:
    if found.fingerprint["content"] != fingerprint.content:
        raise SealedError(
            "This increment has sealed its test set from other data",
            value=f"data {fingerprint.content[:12]}, sealed {found.fingerprint['content'][:12]}",
            next_step="start a new increment for the new data with create_increment",
        )
    if found.target != plan.target:
        raise SealedError(
            "This increment has sealed its test set for another target",
            value=plan.target,
            allowed=found.target,
            next_step="start a new increment for the new target with create_increment",
        )
    return found


def _write_side(folder: IncrementFolder, name: str, frame: pd.DataFrame, rows: np.ndarray) -> Side:
    part = frame.iloc[rows].set_axis(pd.Index(rows.astype(np.int64), name="row_number"), axis=0)
    content = _parquet(part)
    write_bytes(folder.data / name, content)
    return Side(name, len(rows), rows_sha256(rows), hashlib.sha256(content).hexdigest())


def _parquet(part: pd.DataFrame) -> bytes:
    for mixed in [c for c in part.columns if part[c].dtype == object]:
        # Parquet holds one type a column; texts keep what mixed cells showed.
        part = part.assign(**{str(mixed): part[mixed].astype("string")})
    buffer = io.BytesIO()
    part.to_parquet(buffer, engine="pyarrow", index=True)
    return buffer.getvalue()


def rows_sha256(rows: np.ndarray) -> str:
    """Hash of a set of row numbers, independent of machine and order."""
    return hashlib.sha256(np.sort(np.asarray(rows)).astype("<i8").tobytes()).hexdigest()


def _read_side(folder: IncrementFolder, side: Side) -> pd.DataFrame:
    path = folder.data / side.file
    content = _content(path)
    if hashlib.sha256(content).hexdigest() != side.file_sha256:
        raise SealedError(
            f"data/{side.file} is not the file the test set was sealed with",
            value=str(path),
            next_step="restore the file, or start a new increment with create_increment",
        )
    frame = pd.read_parquet(io.BytesIO(content), engine="pyarrow")
    if rows_sha256(frame.index.to_numpy()) != side.rows_sha256:
        raise SealedError(f"data/{side.file} holds other rows than the seal says", value=str(path))
    return frame


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise SealedError(
            "A file of the sealed split is missing",
            value=str(path),
            next_step="restore it, or start a new increment with create_increment on the same data",
        )
    with storage_errors(path):
        return path.read_bytes()


def _ledger(folder: IncrementFolder, found: Seal) -> list[Look]:
    path = folder.data / LEDGER_FILE
    try:
        ledger = [Look(**facts) for facts in chain.read(path, found.id)]
    except chain.BrokenChainError as broken:
        raise _tampered(path, broken.n, broken.how) from None
    except TypeError:
        raise _tampered(path, 1, "is not readable") from None
    known = witness.disagreement(folder, found.id, [look.hash for look in ledger])
    if known:
        raise _tampered(path, *known)
    _refuse_forgotten(folder, found, path)
    return ledger


def _refuse_forgotten(folder: IncrementFolder, found: Seal, path: Path) -> None:
    """Raise SealedError when git holds looks at this seal that the ledger does not."""
    lines = chain.lines(path)
    for commit, committed in witness.committed(folder):
        if commit != "HEAD" and not (committed and f'"{found.id}"' in committed[0]):
            continue
        for n, line in enumerate(committed, start=1):
            if n > len(lines) or lines[n - 1] != line:
                where = "committed in git" if commit == "HEAD" else f"in git commit {commit}, of this or another branch"
                raise _tampered(path, n, f"is not the one {where}")


def _tampered(path: Path, n: int, how: str) -> SealedError:
    return SealedError(
        f"The ledger of looks was tampered with: entry {n} {how}",
        value=str(path),
        next_step="restore data/looks.jsonl from version control; a new increment starts with a clean test set",
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
