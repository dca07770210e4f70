"""What was worked out about files that have not changed since, kept beside the records; it may be deleted.

The answers to a question lie in a few texts of JSON with a column for each fact, so that ten thousand are read in a hundredth
of a second; new ones are added as another text, and many texts become one. An answer counts only while the signature it was
given for is that of the record. What is damaged, locked or of another form is passed over or made anew, and nobody has to be
told.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from pydantic_core import from_json

from specweave.comparison.vectors import Vectors

FILE = ".comparisons.sqlite"
# Of tests against references only the newest: each best so far of ten thousand experiments leaves ten thousand answers.
MOST_REFERENCES = 12
# Of arrays those of the metrics asked for last: an array is as long as the predictions.
MOST_METRICS = 2
_FORMAT = 2
_EVERY = 200
_MOST_TEXTS = 16
_VECTORS = "vectors "
# The facts that were asked for, in their order.
Answer = Sequence[Any]


class Question:
    """The answers to one question by record: "estimate roc_auc", say."""

    def __init__(self, fields: Sequence[str], texts: Sequence[str], made: Callable[[], None]) -> None:
        self._fields = fields
        # The signature stands before the answer.
        self._known: dict[str, tuple[Any, ...]] = {}
        for text in texts:
            self._known |= read_answers(text, fields)
        self.texts = len(texts)
        self.news: dict[str, tuple[Any, ...]] = {}
        self._made = made

    def known(self, record: str, signature: str) -> Answer | None:
        """The kept answer, if it is for this signature."""
        return self.known_of({record: signature}).get(record)

    def known_of(self, signatures: Mapping[str, str]) -> dict[str, Answer]:
        """The kept answers of these records, as far as they are for these signatures."""
        get = self._known.get
        return {
            record: found[1:]
            for record, signature in signatures.items()
            if (found := get(record)) is not None and found[0] == signature
        }

    def once(self, record: str, signature: str, work: Callable[[], Answer]) -> Answer:
        """The kept answer, or the new one of `work`: a sequence of what JSON holds."""
        found = self.known(record, signature)
        return self.keep(record, signature, work()) if found is None else found

    def keep(self, record: str, signature: str | None, answer: Answer) -> Answer:
        """Take this for the answer from now on; without a signature, as of files that may still change, only this once."""
        if signature is not None:
            self.keep_all({record: (signature, answer)})
        self._made()
        return answer

    def keep_all(self, answers: Mapping[str, tuple[str, Answer]]) -> None:
        """Take these, by record and with their signatures, that were worked out together."""
        news = {record: (signature, *answer) for record, (signature, answer) in answers.items()}
        self._known |= news
        self.news |= news

    def text(self) -> str:
        """The new answers, or all where the texts have become many, as `read_answers` reads them."""
        told = self._known if self.texts >= _MOST_TEXTS else self.news
        columns = dict(zip(("signature", *self._fields), zip(*told.values(), strict=True), strict=True))
        return json.dumps({"record": list(told), **columns}, ensure_ascii=False, separators=(",", ":"))

    def written(self) -> None:
        """The text was added to the others, or has taken their place."""
        self.texts = 1 if self.texts >= _MOST_TEXTS else self.texts + 1
        self.news.clear()


def read_answers(text: str | bytes, fields: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Signature and answer by record; none where the text is damaged or has other fields."""
    try:
        columns = from_json(text, cache_strings="all")
        if list(columns) == ["record", "signature", *fields]:
            records, *facts = columns.values()
            return dict(zip(records, zip(*facts, strict=True), strict=True))
    except (ValueError, TypeError):
        pass
    return {}


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

    def question(self, name: str, fields: Sequence[str]) -> Question:
        """Its answers as they are known; the name holds everything they depend on beside the record.

        `fields` are the names of the facts in an answer.
        """
        if name not in self._questions:
            self._questions[name] = Question(fields, self._texts(name), self._count)
        return self._questions[name]

    def vectors(self, name: str) -> Vectors:
        """Arrays of numbers by record; the name holds everything they depend on beside the record."""
        return self._vectors.setdefault(name, Vectors(self, f"{_VECTORS}{name}"))

    def blobs(self, name: str) -> dict[str, tuple[str, bytes]]:
        """What is kept under this name, by record, with the signature."""
        rows = self._rows("SELECT record, signature, content FROM blobs WHERE name = ?", name)
        return {row[0]: (row[1], row[2]) for row in rows if isinstance(row[2], bytes)}

    def keep_blob(self, name: str, record: str, signature: str, content: bytes) -> None:
        """Write this with the next answers."""
        self._blobs.append((name, record, signature, content))

    def write(self) -> None:
        """Keep what is new for the next comparison; where that fails, nothing is kept."""
        changed = {name: question for name, question in self._questions.items() if question.news}
        if not changed and not self._blobs:
            return
        for attempt in range(2):
            try:
                self._add(changed)
            except sqlite3.OperationalError:  # locked by another comparison, or a folder that cannot be written
                return
            except (sqlite3.Error, OSError, UnicodeError):
                if attempt == 0:
                    with contextlib.suppress(OSError):
                        self._file.unlink()
                continue
            break
        for question in changed.values():
            question.written()
        self._blobs.clear()

    def _count(self) -> None:
        self.made += 1
        # A first comparison of many that is ended halfway goes on from here.
        if self.made % _EVERY == 0:
            self.write()

    def _texts(self, name: str) -> list[str]:
        return [row[0] for row in self._rows("SELECT content FROM answers WHERE question = ? ORDER BY rowid", name)]

    def _rows(self, asked: str, name: str) -> list[Any]:
        if not self._file.is_file():
            return []
        try:
            with self._opened() as database:
                if database.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
                    return []
                return database.execute(asked, (name,)).fetchall()
        except (sqlite3.Error, OSError, UnicodeError):
            return []

    def _add(self, changed: Mapping[str, Question]) -> None:
        with self._opened() as database, database:
            if database.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
                for table in ("answers", "blobs", "questions"):
                    database.execute(f"DROP TABLE IF EXISTS {table}")
                database.execute(f"PRAGMA user_version = {_FORMAT}")
            database.execute("CREATE TABLE IF NOT EXISTS answers (question TEXT, content TEXT)")
            database.execute("CREATE INDEX IF NOT EXISTS of_question ON answers (question)")
            database.execute(
                "CREATE TABLE IF NOT EXISTS blobs"
                " (name TEXT, record TEXT, signature TEXT, content BLOB, PRIMARY KEY (name, record)) WITHOUT ROWID"
            )
            database.execute("CREATE TABLE IF NOT EXISTS questions (name TEXT PRIMARY KEY, used REAL)")
            for name, question in changed.items():
                if question.texts >= _MOST_TEXTS:
                    database.execute("DELETE FROM answers WHERE question = ?", (name,))
                database.execute("INSERT INTO answers VALUES (?, ?)", (name, question.text()))
            database.executemany("INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?)", self._blobs)
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
            database.executemany("DELETE FROM blobs WHERE name = ?", old)
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
