"""What the project's witness knows of finished records: one that was made by hand, changed or deleted since is found.

When a record is finished, hashes of what it claims (its parameters and metrics by value, its predictions, its model, its
kind and name) are written down outside the increment. A line for a record goes on counting after the record is gone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from specweave.experiments import record, training_rows
from specweave.experiments.record import ExperimentSummary
from specweave.witness_file import own_lines, write_down
from specweave.workspace import IncrementFolder, storage_errors

KEY = "record"
_PREDICTIONS = "predictions.parquet"
_JUDGED = ("baseline", "candidate", "script", "notebook")


def testify_finished(path: Path, metadata: dict[str, Any]) -> None:
    """Write down what the finished record in this folder holds; `metadata` is what its metadata.yaml says."""
    found = record.summary_of(path, metadata, {}, {}, ())
    write_down(
        IncrementFolder(path.parents[1]),
        {KEY: found.id, "kind": found.kind, "name": found.name, "holds": _holds(found)},
        sync=False,
    )


def known_records(folder: IncrementFolder) -> dict[str, dict[str, Any]]:
    """The last line of the witness about each record of the increment, by id."""
    return {str(line[KEY]): line for line in own_lines(folder) if KEY in line}


class Finished(Protocol):
    """What a record claims of itself, beside what stands in its files."""

    @property
    def id(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def status(self) -> str: ...

    @property
    def path(self) -> Path: ...

    @property
    def model_sha256(self) -> str | None: ...


def defects(folder: IncrementFolder, records: Sequence[Finished]) -> dict[str, str]:
    """What does not fit what the witness knows, by record id, as the end of a sentence that begins with the id.

    Nothing is said of an increment the witness has never heard of: its records are older than it.
    """
    lines = own_lines(folder, skip=_of_others({one.id for one in records}))
    known = {str(line[KEY]): line for line in lines if KEY in line}
    if not (lines or own_lines(folder)):
        return {}
    return {one.id: said for one in records if (said := _defect(one, known.get(one.id)))}


def _of_others(records: set[str]) -> Callable[[str], bool]:
    """Whether a line, as `write_down` writes it, is about another record: of ten thousand lines few have to be parsed."""
    mark = f'"{KEY}": "'

    def skip(line: str) -> bool:
        _, found, rest = line.partition(mark)
        return bool(found) and rest.partition('"')[0] not in records

    return skip


def deleted(folder: IncrementFolder, records: list[ExperimentSummary]) -> list[dict[str, Any]]:
    """The witness's lines about records that are gone, without those a record of the same kind and name has replaced."""
    there = {one.id for one in records}
    alike = {(one.kind, one.name) for one in records if one.status == "finished"}
    gone = [line for name, line in known_records(folder).items() if name not in there]
    return [line for line in gone if (line.get("kind"), line.get("name")) not in alike]


def _defect(found: Finished, line: dict[str, Any] | None) -> str | None:
    if found.status != "finished" or found.kind not in _JUDGED:
        return None
    if line is None:
        return "was not recorded by a tool: nobody saw it finish"
    then, now = line.get("holds") or {}, _holds(found)
    changed = [name for name, value in now.items() if name in then and then[name] != value]
    changed += [name for name in then if name not in now and name == _PREDICTIONS]
    return f"was changed after it finished ({', '.join(changed)})" if changed else None


def _holds(found: Finished) -> dict[str, str]:
    """File or fact and its hash, for what a record claims."""
    return dict(_hashes(found))


def _hashes(found: Finished) -> Iterator[tuple[str, str]]:
    for name, hashed in _HASHED:
        with storage_errors(found.path / name), contextlib.suppress(FileNotFoundError):
            yield name, hashed((found.path / name).read_bytes())
    yield "kind and name", _of_value([found.kind, found.name])
    yield "model", _of_value(found.model_sha256)


def _of_content(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _of_document(content: bytes) -> str:
    """By value, so that another layout or line ending is no change."""
    with contextlib.suppress(ValueError):
        value = json.loads(content)
        if isinstance(value, dict):
            return _of_value(value)
    return _of_content(content)


def _of_value(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()


_HASHED = (
    (record.PARAMS, _of_document),
    (record.METRICS, _of_document),
    (_PREDICTIONS, _of_content),
    (training_rows.MARKS, _of_content),
)
