"""What can be said about a training job before it has run: roughly how long, and what the cheap checks know."""

from __future__ import annotations

from typing import Any

from specweave.workspace import IncrementFolder, read_json

# Fitted to benchmarks/main_job.py on two cores (docs/benchmarks.md): a fixed start plus cells times a constant.
_START_SECONDS = 8.0
_SECONDS_PER_CELL = 1.2e-4


def estimated_seconds(folder: IncrementFolder) -> float | None:
    """Expected duration of training all candidates; nothing when the data were never profiled."""
    profile = _profile(folder)
    if profile is None:
        return None
    return float(_START_SECONDS + _SECONDS_PER_CELL * profile["n_rows"] * profile["n_columns"])


def known_findings(folder: IncrementFolder) -> list[str]:
    """What the profile and the leak detectors have already found, most serious first."""
    profile = _profile(folder) or {}
    leaks = read_json(folder.data / "leaks.json", default=[])
    return [leak["sentence"] for leak in leaks] + [finding["sentence"] for finding in profile.get("findings", [])]


def _profile(folder: IncrementFolder) -> dict[str, Any] | None:
    found: dict[str, Any] | None = read_json(folder.reports / "profile.json", default=None)
    return found
