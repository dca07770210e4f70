"""Reading experiment records: tolerant of what a crash or a hand has damaged, and saying so."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specweave.experiments import document, index, metric_history, naming, processes
from specweave.workspace import IncrementFolder

FORMAT = 1
KINDS = ("baseline", "candidate", "script", "notebook", "eda")
PARAMS = "params.json"
METRICS = "metrics.json"
METADATA = "metadata.yaml"


@dataclass(frozen=True, slots=True)
class ExperimentSummary:
    """What a record says about itself.

    `status` is running, finished, failed, or damaged when metadata.yaml cannot be read;
    `damage` holds one sentence for each file that could not be read.
    """

    id: str
    name: str
    kind: str
    status: str
    params: dict[str, Any]
    metrics: dict[str, float | None]
    metadata: dict[str, Any]
    path: Path
    damage: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        return int(self.id.split("-")[1])

    @property
    def model_sha256(self) -> str | None:
        """Of the stored model, as the record says."""
        model = self.metadata.get("model")
        return model.get("sha256") if isinstance(model, dict) else None

    @property
    def interrupted(self) -> bool:
        """Whether the record says running but its process is gone; unknown (another host) counts as no."""
        return self.status == "running" and processes.is_alive(self.metadata.get("process") or {}) is False


def list_experiments(folder: IncrementFolder) -> list[ExperimentSummary]:
    """Every record of the increment, lowest number first; damaged ones are among them with `damage` filled.

    From two hundred records on, an index that follows the files makes it fast; see `index`.
    """
    paths = [path for _, path in naming.numbered_folders(folder.experiments)]
    return index.read_all(folder.experiments, paths, read_record)


def find_unfinished(folder: IncrementFolder, name: str, kind: str) -> ExperimentSummary | None:
    """The newest record of this name and kind that was interrupted or failed and has no finished successor.

    To go on with it: `open_experiment(folder, found.id).resume()`.
    """
    for _, path in reversed(naming.numbered_folders(folder.experiments)):
        found = read_record(path)
        if (found.name, found.kind) != (name, kind):
            continue
        return found if found.status == "failed" or found.interrupted else None
    return None


def read_record(path: Path) -> ExperimentSummary:
    """The record in one folder; never raises for what is missing or damaged in it."""
    damage: list[str] = []
    metadata = _read(path / METADATA, damage)
    if not metadata and not damage:
        damage.append(f"{METADATA} is missing")
    status = str(metadata.get("status", "damaged"))
    params, metrics = read_params(path, status, damage), read_metrics(path, status, damage)
    return summary_of(path, metadata, params, metrics, tuple(damage))


def summary_of(
    path: Path,
    metadata: dict[str, Any],
    params: dict[str, Any],
    metrics: dict[str, float | None],
    damage: tuple[str, ...],
) -> ExperimentSummary:
    """The summary of a record whose files were read."""
    identifier = path.name
    return ExperimentSummary(
        identifier,
        str(metadata.get("name", identifier)),
        str(metadata.get("kind", "script")),
        str(metadata.get("status", "damaged")),
        params,
        metrics,
        metadata,
        path,
        damage,
    )


def read_params(path: Path, status: str, damage: list[str]) -> dict[str, Any]:
    """params.json; for a record that never finished or whose file is damaged, completed from the history."""
    return _completed(path, PARAMS, metric_history.last_params, status, damage)


def read_metrics(path: Path, status: str, damage: list[str]) -> dict[str, float | None]:
    """metrics.json; for a record that never finished or whose file is damaged, the history, which is ahead of it."""
    return _completed(path, METRICS, metric_history.last_values, status, damage)


def _completed(
    path: Path, name: str, history: Callable[[Path], dict[str, Any]], status: str, damage: list[str]
) -> dict[str, Any]:
    damaged_before = len(damage)
    found = _read(path / name, damage)
    if status in index.CLOSED and len(damage) == damaged_before:
        return found
    return {**found, **history(path)}


def _read(path: Path, damage: list[str]) -> dict[str, Any]:
    try:
        return document.read(path)
    except json.JSONDecodeError as error:
        damage.append(f"{path.name} is damaged: {error.msg} in line {error.lineno}")
    except ValueError as error:
        damage.append(f"{path.name} is damaged: {error}")
    except OSError as error:
        damage.append(f"{path.name} cannot be read: {error.strerror}")
    return {}
