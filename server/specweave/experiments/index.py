"""An index of many records, so that listing ten thousand of them takes a fraction of a second.

The record files stay the truth: an entry counts only while inode, size and time of every file it was read from are
unchanged. The index may be deleted at any time; one that is damaged, locked or of another form is passed over or made anew,
and nobody has to be told. Small increments have none.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
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
_FORMAT = 1
_FILES = ("metadata.yaml", "params.json", "metrics.json", metric_history.FILE)
Reader = Callable[[Path], "ExperimentSummary"]


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
            gc.enable()


def _read_many(experiments: Path, paths: list[Path], read: Reader) -> list[ExperimentSummary]:
    known = _load(experiments / FILE)
    found: list[ExperimentSummary] = []
    fresh: list[tuple[str, str, str]] = []
    home = f"{experiments}{os.sep}"
    for path in paths:
        name = path.name
        signature, newest = _signature(f"{home}{name}{os.sep}")
        entry = known.pop(name, None)
        summary = _restored(entry[1], path) if entry is not None and entry[0] == signature else None
        if summary is None:
            settled = time.time() - newest > SETTLED_SECONDS
            summary = read(path)
            if settled:
                fresh.append((name, signature, _stored(summary)))
        found.append(summary)
    if fresh or known:
        _save(experiments / FILE, fresh, gone=known)
    return found


def _signature(prefix: str) -> tuple[str, float]:
    """What changes whenever a file of the record does, and the time of the newest change."""
    parts, newest = [], 0.0
    for name in _FILES:
        try:
            found = os.stat(prefix + name)  # noqa: PTH116  forty thousand Path objects cost more than the questions
        except OSError:
            parts.append("-")
            continue
        parts.append(f"{found.st_ino}.{found.st_size}.{found.st_mtime_ns}")
        newest = max(newest, found.st_mtime, found.st_ctime)
    return " ".join(parts), newest


def _stored(summary: ExperimentSummary) -> str:
    facts = {name: value for name, value in asdict(summary).items() if name != "path"}
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


def _restored(facts: Any, path: Path) -> ExperimentSummary | None:
    from specweave.experiments.record import ExperimentSummary

    try:
        return ExperimentSummary(path=path, **{**facts, "damage": tuple(facts["damage"])})
    except (TypeError, KeyError):  # damaged: the files are asked
        return None


def _load(file: Path) -> dict[str, tuple[str, Any]]:
    """Signature and facts by the name of the folder; empty where there is no index that can be used."""
    if not file.is_file():
        return {}
    import sqlite3

    try:
        with _opened(file) as database:
            if database.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
                return {}
            rows = database.execute("SELECT name, signature, facts FROM records").fetchall()
    except (sqlite3.Error, OSError, UnicodeDecodeError, ValueError):
        return {}
    return {row[0]: (row[1], facts) for row, facts in zip(rows, _parsed([row[2] for row in rows]), strict=True)}


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


def _save(file: Path, fresh: list[tuple[str, str, str]], gone: Iterable[str]) -> None:
    """Bring the index up to date; where that fails a new one is tried once, and then there is none."""
    import sqlite3

    for attempt in range(2):
        try:
            with _opened(file) as database, database:
                _change(database, fresh, gone)
        except sqlite3.OperationalError:  # locked by another reader, or a folder that cannot be written
            return
        except (sqlite3.Error, OSError, UnicodeError):
            if attempt == 0:
                with contextlib.suppress(OSError):
                    file.unlink()
            continue
        return


def _change(database: sqlite3.Connection, fresh: list[tuple[str, str, str]], gone: Iterable[str]) -> None:
    if database.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
        database.execute("DROP TABLE IF EXISTS records")
        database.execute(f"PRAGMA user_version = {_FORMAT}")
    database.execute("CREATE TABLE IF NOT EXISTS records (name TEXT PRIMARY KEY, signature TEXT, facts TEXT)")
    database.executemany("DELETE FROM records WHERE name = ?", [(name,) for name in gone])
    database.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", fresh)


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
