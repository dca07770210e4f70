"""What was worked out about files that have not changed since, kept beside the records; it may be deleted.

A table of SQLite holds a short list of numbers for each record and question, so that ten thousand answers are read in a
hundredth of a second and a new experiment adds one of each. An answer counts only while the signature it was given for
is that of the record. What is damaged, locked or of another form is passed over or made anew, and nobody has to be told.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

from specweave.comparison.vectors import Vectors

FILE = ".comparisons.sqlite"
# Of tests against references only the newest: each best so far of ten thousand experiments leaves ten thousand answers.
MOST_REFERENCES = 12
# Of arrays those of the metrics asked for last: an array is as long as the predictions.
MOST_METRICS = 2
_FORMAT = 1
_EVERY = 200
_VECTORS = "vectors "
Answer = list[Any]
_Line = tuple[str, str, str, str | bytes]


class Asked(Protocol):
    """A record by its id, and the signature of what the answers were worked out from."""

    @property
    def id(self) -> str: ...

    @property
    def signature(self) -> str: ...


class Question:
    """The answers to one question by record: "estimate roc_auc", say."""

    def __init__(
        self, name: str, lengths: tuple[int, ...], known: dict[str, tuple[str, Any]], made: Callable[[], None]
    ) -> None:
        self.name = name
        self._lengths = lengths
        self.news: list[tuple[str, str, str, str]] = []
        self._known = known
        self._made = made

    def known(self, record: str, signature: str) -> Answer | None:
        """The kept answer, if it is for this signature."""
        found = self._known.get(record)
        if found is None or found[0] != signature or not isinstance(found[1], list):
            return None
        return found[1] if len(found[1]) in self._lengths else None

    def known_of(self, asked: Iterable[Asked]) -> dict[str, Answer]:
        """The kept answers of all these, by record; a function call for each of ten thousand would take three times as long."""
        get, lengths = self._known.get, self._lengths
        return {
            one.id: found[1]
            for one in asked
            if (found := get(one.id)) is not None
            and found[0] == one.signature
            and isinstance(found[1], list)
            and len(found[1]) in lengths
        }

    def once(self, record: str, signature: str, work: Callable[[], Answer]) -> Answer:
        """The kept answer, or the new one of `work`: a list of what JSON holds."""
        found = self.known(record, signature)
        return self.keep(record, signature, work()) if found is None else found

    def keep(self, record: str, signature: str, answer: Answer) -> Answer:
        """Take this for the answer from now on."""
        self._known[record] = (signature, answer)
        self._add(record, signature, answer)
        self._made()
        return answer

    def keep_all(self, answers: dict[str, tuple[str, Answer]]) -> None:
        """Take these, by record and with their signatures, that were worked out together."""
        self._known |= answers
        for record, (signature, answer) in answers.items():
            self._add(record, signature, answer)

    def _add(self, record: str, signature: str, answer: Answer) -> None:
        self.news.append((self.name, record, signature, json.dumps(answer, separators=(",", ":"), allow_nan=False)))


class Kept:
    """Answers by question; `made` counts those that had to be worked out.

    A context manager: new answers are written every two hundred and at the end, however it is left.
    """

    def __init__(self, experiments: Path) -> None:
        self.made = 0
        self.experiments = experiments
        self._file = experiments / FILE
        self._questions: dict[str, Question] = {}
        self._vectors: dict[str, Vectors] = {}
        self._blobs: list[tuple[str, str, str, bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.write()

    def question(self, name: str, *lengths: int) -> Question:
        """Its answers as they are known; the name holds everything they depend on beside the record.

        `lengths` are those an answer may have.
        """
        if name not in self._questions:
            self._questions[name] = Question(name, lengths, self._read(name), self._count)
        return self._questions[name]

    def vectors(self, name: str) -> Vectors:
        """Arrays of numbers by record; the name holds everything they depend on beside the record."""
        return self._vectors.setdefault(name, Vectors(self, f"{_VECTORS}{name}"))

    def blobs(self, name: str) -> dict[str, tuple[str, bytes]]:
        """What is kept under this name, by record, with the signature."""
        return {row[0]: (row[1], row[2]) for row in self._rows(name) if isinstance(row[2], bytes)}

    def keep_blob(self, name: str, record: str, signature: str, content: bytes) -> None:
        """Write this with the next answers."""
        self._blobs.append((name, record, signature, content))

    def write(self) -> None:
        """Keep what is new for the next comparison; where that fails, nothing is kept."""
        news: list[_Line] = [*self._blobs]
        for question in self._questions.values():
            news += question.news
        if not news:
            return
        for attempt in range(2):
            try:
                self._add(news)
            except sqlite3.OperationalError:  # locked by another comparison, or a folder that cannot be written
                return
            except (sqlite3.Error, OSError, UnicodeError):
                if attempt == 0:
                    with contextlib.suppress(OSError):
                        self._file.unlink()
                continue
            break
        for question in self._questions.values():
            question.news.clear()
        self._blobs.clear()

    def _count(self) -> None:
        self.made += 1
        # A first comparison of many that is ended halfway goes on from here.
        if self.made % _EVERY == 0:
            self.write()

    def _read(self, name: str) -> dict[str, tuple[str, Any]]:
        rows = self._rows(name)
        try:
            answers = json.loads(f"[{','.join([row[2] for row in rows])}]")
            return {row[0]: (row[1], answer) for row, answer in zip(rows, answers, strict=True)}
        except (ValueError, TypeError):
            return {}

    def _rows(self, name: str) -> list[tuple[str, str, Any]]:
        if not self._file.is_file():
            return []
        try:
            with self._opened() as database:
                if database.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
                    return []
                asked = "SELECT record, signature, answer FROM answers WHERE question = ?"
                return database.execute(asked, (name,)).fetchall()
        except (sqlite3.Error, OSError, UnicodeError):
            return []

    def _add(self, news: Sequence[_Line]) -> None:
        with self._opened() as database, database:
            if database.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
                for table in ("answers", "questions"):
                    database.execute(f"DROP TABLE IF EXISTS {table}")
                database.execute(f"PRAGMA user_version = {_FORMAT}")
            database.execute(
                "CREATE TABLE IF NOT EXISTS answers"
                " (question TEXT, record TEXT, signature TEXT, answer TEXT, PRIMARY KEY (question, record)) WITHOUT ROWID"
            )
            database.execute("CREATE TABLE IF NOT EXISTS questions (name TEXT PRIMARY KEY, used REAL)")
            database.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", news)
            names = [*self._questions, *(one.name for one in self._vectors.values())]
            asked = [(name, time.time()) for name in names]
            database.executemany("INSERT OR REPLACE INTO questions VALUES (?, ?)", asked)
            self._forget_old(database)

    def _forget_old(self, database: sqlite3.Connection) -> None:
        for start, most in (("compare ", MOST_REFERENCES), (_VECTORS, MOST_METRICS)):
            old = database.execute(
                "SELECT name FROM questions WHERE name LIKE ? ORDER BY used DESC LIMIT -1 OFFSET ?", (f"{start}%", most)
            ).fetchall()
            database.executemany("DELETE FROM answers WHERE question = ?", old)
            database.executemany("DELETE FROM questions WHERE name = ?", old)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self._file, timeout=1.0)
        try:
            # It can be made anew, so it need not wait for the disk.
            database.execute("PRAGMA synchronous = OFF")
            yield database
        finally:
            database.close()
