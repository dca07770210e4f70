"""The bundle as one zip: evidence, checks, lineage, environment, bill of materials, and a manifest with every hash."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from specweave import __version__
from specweave.auditing.contents import left_out, pieces
from specweave.auditing.lineage import lineage
from specweave.auditing.materials import bill_of_materials
from specweave.checks import run_checks
from specweave.errors import SpecweaveError
from specweave.experiments import environment, list_experiments
from specweave.workspace import IncrementFolder, read_json, write_bytes

MANIFEST = "manifest.json"
BOM = "bom.cdx.json"
LINEAGE = "lineage.json"
FORMAT = 1
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Bundle:
    """Where the bundle is, how many files it holds, and the hash of its manifest, to be kept elsewhere."""

    path: Path
    files: int
    left_out: int
    manifest_sha256: str


def write_bundle(folder: IncrementFolder, target: Path | None = None) -> Bundle:
    """Pack the increment into `target` (reports/audit-NNNN.zip when absent). Nothing else in it is changed."""
    facts = lineage(folder)
    files: dict[str, bytes] = {}
    listed: dict[str, dict[str, Any]] = {}
    for piece in pieces(folder):
        files[piece.name] = piece.content
        listed[piece.name] = {"source_sha256": piece.source_sha256, "redacted": piece.redacted}
    results = [result.model_dump(mode="json") for result in run_checks(folder)]
    files |= {
        "checks.json": _json(results),
        LINEAGE: _json(facts),
        "environment.json": _json(_environment(folder)),
        BOM: bill_of_materials(facts, _evaluation(folder), _packages()).encode("utf-8"),
    }
    outside = [asdict(one) for one in left_out(folder) if not _is_bundle(one.name)]
    manifest = {
        "format": FORMAT,
        "increment": folder.id,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "by": f"sw-ml {__version__}",
        "files": {
            name: {"sha256": hashlib.sha256(content).hexdigest(), **listed.get(name, {})}
            for name, content in sorted(files.items())
        },
        "left_out": outside,
    }
    files[MANIFEST] = _json(manifest)
    path = target or folder.reports / f"audit-{folder.number:04d}.zip"
    write_bytes(path, _zipped(files))
    return Bundle(path, len(files), len(outside), hashlib.sha256(files[MANIFEST]).hexdigest())


def _is_bundle(name: str) -> bool:
    return name.startswith("reports/audit-") and name.endswith(".zip")


def _zipped(files: dict[str, bytes]) -> bytes:
    """Equal files give equal archives: names in order, no times."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), files[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _environment(folder: IncrementFolder) -> dict[str, Any]:
    """The interpreter that packed, and for each record the interpreter and packages it ran with."""
    keys = ("python", "packages", "packages_sha256", "host")
    records = {
        record.id: {key: record.metadata[key] for key in keys if key in record.metadata}
        for record in list_experiments(folder)
    }
    return {"packed_with": {"python": dict(environment.interpreter()), "sw-ml": __version__}, "records": records}


def _packages() -> list[tuple[str, str]]:
    found = {dist.metadata["Name"].lower(): (dist.metadata["Name"], dist.version) for dist in distributions()}
    return [found[name] for name in sorted(found)]


def _evaluation(folder: IncrementFolder) -> dict[str, Any] | None:
    try:
        found = read_json(folder.reports / "evaluation.json", default=None)
    except SpecweaveError:
        return None
    return found if isinstance(found, dict) else None


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n").encode("utf-8")
