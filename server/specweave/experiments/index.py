"""An index of many records, so that listing ten thousand of them takes a fraction of a second.

The record files stay the truth: an entry counts only while inode, size and time of every file it was read from are
unchanged. The index may be deleted at any time; one that is damaged, locked or of another form is passed over or made anew,
and nobody has to be told. Small increments have none.

What many records have in common (packages, host, commit) is stored, read and kept in memory once, under a hash of its content.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specweave.experiments import metric_history

if TYPE_CHECKING:
    import sqlite3

    from specweave.experiments.record import ExperimentSummary

FILE = ".index.sqlite"
WORTH_IT = 200
# A file changed this shortly before it was read may change again without a new time (coarse clocks of file systems).
SETTLED_SECONDS = 2.0
_FORMAT = 2
CLOSED = ("finished", "failed")
# In a signature, of a file that is not there.
ABSENT = "-"
# Of a record that is closed and undamaged the history is not asked, nor has it to be as it was.
_CLOSED_FILES = ("metadata.yaml", "params.json", "metrics.json")
_FILES = (*_CLOSED_FILES, metric_history.FILE)
# Shorter facts of the metadata cost less where they stand than elsewhere.
_SHARED_FROM = 40
_UNUSED_SHARED = 1000
_OWN_FACTS = frozenset(["id", "name", "created", "ended", "duration_s", "status", "kind"])
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
Reader = Callable[[Path], "ExperimentSummary"]
Look = Callable[[str], os.stat_result]
# params, metrics, damage, the metadata of its own, hashes of the shared ones
_Facts = list[Any]


@dataclass
class _Known:
    """What the index holds: signature and facts by record, and key and value of shared metadata by hash."""

    records: dict[str, tuple[str, _Facts]]
    shared: dict[int, tuple[str, Any]]


def read_all(experiments: Path, paths: list[Path], read: Reader) -> list[ExperimentSummary]:
    """The records in these folders, in their order; unchanged ones from the index, others by `read`."""
    if len(paths) < WORTH_IT:
        return [read(path) for path in paths]
    with collector_paused():
        return _read_many(experiments, paths, read)


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """Half a million objects without a circle among them: looking for circles takes a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if not gc.get_freeze_count():
                # What was made now counts as old without being looked through.
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def _read_many(experiments: Path, paths: list[Path], read: Reader) -> list[ExperimentSummary]:
    known = _load(experiments / FILE)
    found: list[ExperimentSummary] = []
    fresh: list[tuple[str, str, ExperimentSummary]] = []
    used: set[int] = set()
    with looking(experiments) as look:
        for path in paths:
            name = path.name
            entry = known.records.pop(name, None)
            summary = None
            if entry is not None and signature_of(look, name, _files_of(entry[1])) == entry[0]:
                summary = _restored(entry[1], path, known.shared)
            if summary is None:
                read_from, settled = signature_of(look, name, _FILES), is_settled(look, name, _FILES)
                summary = read(path)
                if settled:
                    fresh.append((name, read_from, summary))
            else:
                used.update(entry[1][4])  # type: ignore[index]
            found.append(summary)
    if fresh or known.records:
        _save(experiments / FILE, fresh, gone=list(known.records), unused=_unused(known, used))
    return found


@contextlib.contextmanager
def looking(experiments: Path) -> Iterator[Look]:
    """Asks the system about a file below the folder, whose path is followed once where the system can do that."""
    if os.stat not in os.supports_dir_fd:  # pragma: no cover
        home = f"{experiments}{os.sep}"
        yield lambda name: os.stat(home + name)  # noqa: PTH116  forty thousand Path objects cost more than the questions
        return
    handle = os.open(experiments, os.O_RDONLY)
    try:
        yield lambda name: os.stat(name, dir_fd=handle)
    finally:
        os.close(handle)


def signature_of(look: Look, name: str, files: tuple[str, ...]) -> str:
    """What changes whenever one of the record's files does: inode, size and time of each, or a dash."""
    parts = []
    for file in files:
        try:
            found = look(f"{name}/{file}")
        except OSError:
            parts.append(ABSENT)
        else:
            parts.append(f"{found.st_ino}.{found.st_size}.{found.st_mtime_ns}")
    return " ".join(parts)


def is_settled(look: Look, name: str, files: tuple[str, ...]) -> bool:
    """Whether none of the record's files was changed just now."""
    newest = 0.0
    for file in files:
        with contextlib.suppress(OSError):
            found = look(f"{name}/{file}")
            newest = max(newest, found.st_mtime, found.st_ctime)
    return time.time() - newest > SETTLED_SECONDS


def _files_of(facts: _Facts) -> tuple[str, ...]:
    with contextlib.suppress(TypeError, IndexError, AttributeError, KeyError):  # damaged: all files are asked
        if not facts[2] and facts[3]["status"] in CLOSED:
            return _CLOSED_FILES
    return _FILES


def _restored(facts: _Facts, path: Path, shared: dict[int, tuple[str, Any]]) -> ExperimentSummary | None:
    from specweave.experiments.record import summary_of

    try:
        params, metrics, damage, metadata, hashes = facts
        metadata.update([shared[one] for one in hashes])
        return summary_of(path, metadata, params, metrics, tuple(damage))
    except (TypeError, ValueError, KeyError, AttributeError):  # damaged: the files are asked
        return None


def _unused(known: _Known, used: set[int]) -> list[int]:
    """Shared metadata no record needs any more, once they are many."""
    left = known.shared.keys() - used
    return list(left) if len(left) > _UNUSED_SHARED else []


def _load(file: Path) -> _Known:
    """What the index holds; nothing where there is none that can be used."""
    nothing = _Known({}, {})
    if not file.is_file():
        return nothing
    import sqlite3

    try:
        with _opened(file) as database:
            if database.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
                return nothing
            rows = database.execute("SELECT name, signature, facts FROM records").fetchall()
            shared = database.execute("SELECT hash, key, value FROM shared").fetchall()
    except (sqlite3.Error, OSError, UnicodeDecodeError, ValueError):
        return nothing
    facts, values = _parsed([row[2] for row in rows]), _parsed([row[2] for row in shared])
    return _Known(
        {row[0]: (row[1], found) for row, found in zip(rows, facts, strict=True)},
        {
            row[0]: (row[1], value)
            for row, value in zip(shared, values, strict=True)
            if row[0] == _hash(row[1], row[2])  # a damaged one counts for missing
        },
    )


def _parsed(texts: list[str]) -> list[Any]:
    """All of them at once, which takes a third of the time; one by one where some are damaged."""
    with contextlib.suppress(ValueError, TypeError):
        found = json.loads(f"[{','.join(texts)}]")
        if len(found) == len(texts):
            return list(found)
    return [_parsed_one(text) for text in texts]


def _parsed_one(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError):
        return None


def _save(file: Path, fresh: list[tuple[str, str, ExperimentSummary]], gone: list[str], unused: list[int]) -> None:
    """Bring the index up to date; where that fails a new one is tried once, and then there is none."""
    import sqlite3

    for attempt in range(2):
        try:
            with _opened(file) as database, database:
                _change(database, fresh, gone, unused)
        except sqlite3.OperationalError:  # locked by another reader, or a folder that cannot be written
            return
        except (sqlite3.Error, OSError, UnicodeError):
            if attempt == 0:
                with contextlib.suppress(OSError):
                    file.unlink()
            continue
        return


def _change(
    database: sqlite3.Connection,
    fresh: list[tuple[str, str, ExperimentSummary]],
    gone: list[str],
    unused: list[int],
) -> None:
    if database.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
        for table in ("records", "shared"):
            database.execute(f"DROP TABLE IF EXISTS {table}")
        database.execute(f"PRAGMA user_version = {_FORMAT}")
    database.execute("CREATE TABLE IF NOT EXISTS records (name TEXT PRIMARY KEY, signature TEXT, facts TEXT)")
    database.execute("CREATE TABLE IF NOT EXISTS shared (hash INTEGER PRIMARY KEY, key TEXT, value TEXT)")
    database.executemany("DELETE FROM records WHERE name = ?", [(name,) for name in gone])
    database.executemany("DELETE FROM shared WHERE hash = ?", [(one,) for one in unused])
    shared: dict[int, tuple[str, str]] = {}
    rows = [(name, signature, _stored(summary, signature, shared)) for name, signature, summary in fresh]
    database.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", [(n, *row) for n, _, row in rows])
    database.executemany("INSERT OR REPLACE INTO shared VALUES (?, ?, ?)", [(h, *fact) for h, fact in shared.items()])


def _stored(summary: ExperimentSummary, signature: str, shared: dict[int, tuple[str, str]]) -> tuple[str, str]:
    """Signature and facts as they are written; what is shared is added to `shared`."""
    own, hashes = {}, []
    for key, value in summary.metadata.items():
        text = _encode(value)
        if len(text) < _SHARED_FROM or key in _OWN_FACTS:
            own[key] = value
            continue
        hashes.append(_hash(key, text))
        shared[hashes[-1]] = (key, text)
    facts = [summary.params, summary.metrics, summary.damage, own, hashes]
    asked = signature.split(" ")[: len(_files_of(facts))]
    return " ".join(asked), _encode(facts)


def _hash(key: str, text: str) -> int:
    return int.from_bytes(blake2b(f"{key}\0{text}".encode(), digest_size=8).digest(), "big", signed=True)


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[Any]:
    import sqlite3

    database = sqlite3.connect(file, timeout=1.0)
    try:
        # It can be rebuilt, so it need not wait for the disk.
        database.execute("PRAGMA synchronous = OFF")
        yield database
    finally:
        database.close()
