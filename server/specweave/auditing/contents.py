"""What goes into a bundle and what stays outside, known by its hash alone: no row of the data, no model, no secret."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specweave.experiments.masking import mask_text
from specweave.workspace import IncrementFolder

_DOCUMENTS = ("spec.md", "plan.md", "tasks.md", "tests.md", "metadata.json")
_DATA = ("split.json", "looks.jsonl", "looks-head.json")
_REPORTS = ("evaluation-report.md", "comparison.md", "validation-report.md", "COMPLETION-SUMMARY.md")
_RECORD = ("params.json", "metrics.json", "metadata.yaml", "packages.txt")
_WORKSPACE = ("looks-witness.jsonl", "mutings.jsonl")
_LOAD_TEST = "deployment/load-tests/load-test.json"
_NEVER_NAMED = (".lock", ".tmp")


@dataclass(frozen=True)
class Piece:
    """A file of the bundle; `redacted` says what was taken out of it, `source_sha256` is the hash of the original."""

    name: str
    content: bytes
    source_sha256: str
    redacted: str | None = None


@dataclass(frozen=True)
class LeftOut:
    """A file of the increment that is not packed, so that it can be recognised all the same."""

    name: str
    sha256: str
    bytes: int


def pieces(folder: IncrementFolder) -> Iterator[Piece]:
    """The files of the increment and the project that are evidence and hold no row."""
    for path in _packed(folder):
        yield _piece(path, path.relative_to(folder.path).as_posix())
    for name in _WORKSPACE:
        path = folder.path.parents[1] / name
        if path.is_file():
            yield _piece(path, f"project/{name}")


def left_out(folder: IncrementFolder) -> Iterator[LeftOut]:
    """Every other file of the increment: data, predictions, models, pictures, pages, diffs, code."""
    packed = set(_packed(folder))
    for path in sorted(folder.path.rglob("*")):
        if path.is_file() and path not in packed and not path.name.endswith(_NEVER_NAMED):
            yield LeftOut(path.relative_to(folder.path).as_posix(), _file_sha256(path), path.stat().st_size)


def _packed(folder: IncrementFolder) -> list[Path]:
    found = [folder.path / name for name in (*_DOCUMENTS, _LOAD_TEST)]
    found += [folder.data / name for name in _DATA]
    found += [folder.reports / name for name in (*_REPORTS, "evaluation.json")]
    found += sorted(folder.reports.glob("evaluations/look-*.json"))
    found += sorted(folder.reports.glob("reproduction-exp-*.json"))
    for record in sorted(folder.experiments.glob("exp-*")):
        found += [record / name for name in _RECORD]
    return [path for path in found if path.is_file()]


def _piece(path: Path, name: str) -> Piece:
    raw = path.read_bytes()
    source = hashlib.sha256(raw).hexdigest()
    content, redacted = raw, None
    if name.startswith("reports/eval") and name.endswith(".json"):
        content, redacted = _without_rows(raw)
    text = content.decode("utf-8", "replace")
    masked = mask_text(text)
    if masked != text:
        content, redacted = masked.encode("utf-8"), f"{redacted}; secrets" if redacted else "secrets"
    return Piece(name, content, source, redacted)


def _without_rows(raw: bytes) -> tuple[bytes, str | None]:
    """An evaluation without the values of single rows."""
    try:
        facts: dict[str, Any] = json.loads(raw)
        errors = facts["diagnosis"]["errors"]
        rows = [one for key in ("confident_mistakes", "hardest") for one in errors.get(key) or ()]
    except (ValueError, KeyError, TypeError):
        return raw, None
    if not any(one.get("columns") for one in rows):
        return raw, None
    for one in rows:
        one["columns"] = {}
    return json.dumps(facts, indent=2, ensure_ascii=False).encode("utf-8"), "values of single rows"


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
