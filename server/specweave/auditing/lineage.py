"""How the result came about: data → split → experiments → evaluation → explanation → deployment, each step with its hash."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from specweave.errors import SpecweaveError
from specweave.experiments import ExperimentSummary, list_experiments
from specweave.workspace import IncrementFolder, read_json


def lineage(folder: IncrementFolder) -> dict[str, Any]:
    """The steps that are there, in order; a step that was not taken, or cannot be read, is null."""
    return {
        "increment": folder.id,
        "data": _data(folder),
        "split": _split(folder),
        "experiments": [_experiment(record) for record in list_experiments(folder)],
        "evaluation": _evaluation(folder),
        "explanation": _hash_of(folder, "reports/explainability-report.md"),
        "deployment": _tree(folder.path / "deployment", folder),
    }


def _data(folder: IncrementFolder) -> dict[str, Any] | None:
    found = _json(folder.data / "split.json")
    return {**found["fingerprint"], "target": found.get("target")} if found and found.get("fingerprint") else None


def _split(folder: IncrementFolder) -> dict[str, Any] | None:
    found = _json(folder.data / "split.json")
    if not found:
        return None
    return {key: found.get(key) for key in ("id", "strategy", "group", "time", "created", "training", "test")}


def _experiment(record: ExperimentSummary) -> dict[str, Any]:
    known = {key: record.metadata.get(key) for key in ("data", "model", "evaluator", "created", "packages_sha256")}
    git = record.metadata.get("git")
    return {
        "id": record.id,
        "kind": record.kind,
        "status": record.status,
        "commit": git.get("commit") if isinstance(git, dict) else None,
        **known,
        "metrics_sha256": _sha256(record.path / "metrics.json"),
        "predictions_sha256": _sha256(record.path / "predictions.parquet"),
    }


def _evaluation(folder: IncrementFolder) -> dict[str, Any] | None:
    found = _json(folder.reports / "evaluation.json")
    if not found:
        return None
    keys = (
        "experiment",
        "baseline",
        "metric",
        "look",
        "model_sha256",
        "evaluator",
        "predictions",
        "baseline_predictions",
    )
    return {key: found.get(key) for key in keys} | {"sha256": _sha256(folder.reports / "evaluation.json")}


def _hash_of(folder: IncrementFolder, name: str) -> dict[str, str] | None:
    found = _sha256(folder.path / name)
    return None if found is None else {"file": name, "sha256": found}


def _tree(place: Path, folder: IncrementFolder) -> dict[str, str] | None:
    if not place.is_dir():
        return None
    files = sorted(path for path in place.rglob("*") if path.is_file())
    return {path.relative_to(folder.path).as_posix(): str(_sha256(path)) for path in files}


def _sha256(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _json(path: Path) -> dict[str, Any] | None:
    try:
        found = read_json(path, default=None)
    except SpecweaveError:
        return None
    return found if isinstance(found, dict) else None
