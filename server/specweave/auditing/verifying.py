"""Whether a bundle is whole: every hash, the ledger's chain, the bill of materials."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from specweave.auditing.bundle import BOM, MANIFEST
from specweave.auditing.materials import schema_error
from specweave.data import chain
from specweave.errors import DataReadError

_LEDGER, _SPLIT = "data/looks.jsonl", "data/split.json"


@dataclass(frozen=True)
class Verification:
    """What is wrong with a bundle (nothing, if `problems` is empty), and the hash of its manifest."""

    increment: str
    files: int
    manifest_sha256: str
    problems: tuple[str, ...]


def verify_bundle(path: Path) -> Verification:
    """Check a bundle by itself. Raises DataReadError when the file is no bundle.

    Whoever can write the whole file can also write a new manifest: compare `manifest_sha256` with one kept elsewhere.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            files = {name: archive.read(name) for name in names}
        manifest = json.loads(files[MANIFEST])
        listed = {str(name): str(facts["sha256"]) for name, facts in manifest["files"].items()}
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError) as error:
        raise DataReadError(
            "The file is not a whole audit bundle", value=f"{path}: {error}", next_step="write it with sw-ml audit"
        ) from error
    problems = [*_hashes(files, listed), *_ledger(files), *_materials(files)]
    problems += [f"{name} is in the archive twice" for name in sorted(set(names)) if names.count(name) > 1]
    digest = hashlib.sha256(files[MANIFEST]).hexdigest()
    return Verification(str(manifest.get("increment")), len(files), digest, tuple(problems))


def _hashes(files: dict[str, bytes], listed: dict[str, str]) -> Iterator[str]:
    for name, sha256 in listed.items():
        if name not in files:
            yield f"{name} is missing"
        elif hashlib.sha256(files[name]).hexdigest() != sha256:
            yield f"{name} was changed"
    for name in sorted(set(files) - set(listed) - {MANIFEST}):
        yield f"{name} is not in the manifest"


def _ledger(files: dict[str, bytes]) -> Iterator[str]:
    if _LEDGER not in files or _SPLIT not in files:
        return
    try:
        facts = json.loads(files[_SPLIT])
        claimed = facts.pop("id")
    except (ValueError, KeyError, AttributeError):
        yield f"{_SPLIT} cannot be read"
        return
    if chain.digest(facts) != claimed:
        yield f"{_SPLIT} does not have the hash it claims"
    with tempfile.TemporaryDirectory() as place:
        ledger = Path(place) / "looks.jsonl"
        ledger.write_bytes(files[_LEDGER])
        try:
            chain.read(ledger, claimed)
        except chain.BrokenChainError as broken:
            yield f"{_LEDGER}: {broken}"


def _materials(files: dict[str, bytes]) -> Iterator[str]:
    wrong = schema_error(files[BOM].decode("utf-8", "replace")) if BOM in files else None
    if wrong:
        yield f"{BOM} does not follow its schema: {wrong}"
