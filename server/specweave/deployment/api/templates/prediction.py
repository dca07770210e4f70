"""The model: rows as they were asked in, answers and their reasons out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

Columns = Mapping[str, Sequence[Any]]
EARLIEST = datetime(1677, 9, 22, tzinfo=UTC).timestamp()
LATEST = datetime(2262, 4, 11, tzinfo=UTC).timestamp()


class BadValue(ValueError):
    """A value the model cannot read, with its column and row."""

    def __init__(self, column: str, row: int, value: object, allowed: str) -> None:
        super().__init__(allowed)
        self.column, self.row, self.value, self.allowed = column, row, value, allowed


@dataclass(frozen=True)
class Answers:
    """`scores`: probabilities (n, classes), or values (n, 1). `labels`: the decision for each row, None for values."""

    scores: NDArray[np.float64]
    labels: list[str] | None


class Model:
    """The exported model, run by one thread."""

    def __init__(self, path: Path, signature: Mapping[str, Any]) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.signature = signature
        self.columns: list[dict[str, Any]] = list(signature["columns"])
        self.names = [column["name"] for column in self.columns]
        self.classes: list[str] = list(signature["classes"])
        self.positive: str | None = signature["positive"]
        self._numbers = [(c["name"], c["reading"] == "date") for c in self.columns if c["reading"] != "category"]
        self._texts = [c["name"] for c in self.columns if c["reading"] == "category"]
        self._known = {c["name"]: frozenset(c["categories"]) for c in self.columns if c["reading"] == "category"}
        self._missing: str = signature["missing_text"]
        self._outputs = ["probabilities", "label"] if self.classes else ["values"]

    def predict(self, columns: Columns) -> Answers:
        """Answers for the rows of `columns`. Raises BadValue for a text that is no date."""
        return self._run(self._inputs(columns))

    def watched(self, answers: Answers) -> list[float]:
        """The score of each row whose drift is watched: of the positive class, of the decided one, or the value."""
        if self.positive is not None:
            return list(answers.scores[:, self.classes.index(self.positive)].tolist())
        return list(answers.scores.max(axis=1).tolist())

    def unknown(self, columns: Columns) -> list[list[str]]:
        """For each row the columns whose category no training row had."""
        found: list[list[str]] = [[] for _ in next(iter(columns.values()))]
        for name, known in self._known.items():
            for row, value in enumerate(columns[name]):
                if value is not None and value not in known:
                    found[row].append(name)
        return found

    def reasons(self, columns: Columns, top: int) -> tuple[float, list[tuple[str, float]]]:
        """The score of one row, and the columns that matter most to it.

        A column's effect is the score minus its mean when this column is replaced by values usual in training and all
        others stay. It says what the model reacts to, not what causes what; effects need not add up.
        """
        asked: dict[str, list[Any]] = {name: [columns[name][0]] for name in self.names}
        places: list[tuple[dict[str, Any], int, int]] = []
        rows = 1
        for column in self.columns:
            usual = [_written(value, column["reading"]) for value in column["typical"]]
            if usual:
                for name, values in asked.items():
                    values.extend(usual if name == column["name"] else [columns[name][0]] * len(usual))
                places.append((column, rows, rows + len(usual)))
                rows += len(usual)
        answers = self.predict(asked)
        at = self._explained(answers)
        scores = answers.scores[:, at]
        effects = [
            (column["name"], float(scores[0] - np.dot(scores[start:stop], column["shares"])))
            for column, start, stop in places
        ]
        effects.sort(key=lambda pair: -abs(pair[1]))
        return float(scores[0]), effects[:top]

    def _explained(self, answers: Answers) -> int:
        if self.positive is not None:
            return self.classes.index(self.positive)
        return int(answers.scores[0].argmax())

    def _inputs(self, columns: Columns) -> dict[str, NDArray[Any]]:
        inputs: dict[str, NDArray[Any]] = {}
        if self._numbers:
            read = [_dates(name, columns[name]) if date else columns[name] for name, date in self._numbers]
            # None becomes NaN.
            inputs["numbers"] = np.array(read, dtype=np.float64).T.copy()
        if self._texts:
            texts = [[self._missing if v is None else _text(name, v) for v in columns[name]] for name in self._texts]
            inputs["texts"] = np.array(texts, dtype=object).T.copy()
        return inputs

    def _run(self, inputs: dict[str, NDArray[Any]]) -> Answers:
        found = self._session.run(self._outputs, inputs)
        if not self.classes:
            return Answers(found[0], None)
        return Answers(found[0], [self.classes[place] for place in found[1].tolist()])


def _text(column: str, value: str) -> str:
    """The text; the runtime takes only what UTF-8 can hold, and would end it at a NUL."""
    if value.isascii() and "\0" not in value:
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadValue(column, 0, value, "text that can be written in UTF-8") from None
    return value.replace("\0", "\ufffd")


def _dates(column: str, values: Sequence[str | None]) -> list[float | None]:
    return [None if value is None else _seconds(column, row, value) for row, value in enumerate(values)]


def _seconds(column: str, row: int, value: str) -> float | None:
    """Seconds since 1970; times without a zone are UTC. Dates the training tools cannot hold are missing."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise BadValue(column, row, value, "a date such as 2024-05-31 or 2024-05-31T12:00:00") from None
    try:
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except OverflowError:
        return None
    return seconds if EARLIEST <= seconds <= LATEST else None


def _written(value: Any, reading: str) -> Any:
    return datetime.fromtimestamp(value, UTC).isoformat() if reading == "date" else value


def load(model: Path, signature: Path) -> Model:
    """The model of a folder, tried on its own examples, so that a first request waits for nothing."""
    found = Model(model, json.loads(signature.read_text("utf-8")))
    examples = found.signature["examples"]
    found.predict({name: [row[name] for row in examples] for name in found.names})
    return found
