"""What a deployment did and measured, as it stands in deployment/deployment.json."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from specweave.deployment.recovery import Recovery


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class Model(_Facts):
    """The model that is served, and how far what is served equals what was trained."""

    experiment: str
    source_sha256: str | None
    """Hash of the experiment's model file."""
    file: str
    format: str
    """onnx, or skops where export was not possible."""
    bytes: int
    equality: dict[str, Any]
    """Rows compared with the original model, and the largest difference."""
    note: str | None = None


class Environment(_Facts):
    """Where the service ran while it was measured."""

    how: str
    own: bool
    reused: bool
    seconds: float
    python: str
    requirements_sha256: str


class Promise(_Facts):
    """One thing the API promises, tried on the running service."""

    name: str
    kept: bool
    found: str


class Running(_Facts):
    """Start, memory and end of one process that serves with one worker."""

    command: tuple[str, ...]
    ready_s: float
    first_prediction_s: float
    memory_before_mb: float
    memory_after_mb: float
    """After the load test."""
    n_requests: int
    """Between the two measurements of memory."""
    stop_s: float


class Deployment(_Facts):
    """One deployment from export to the end of its service; `ready` only when everything ran and held its limits."""

    increment: str
    name: str
    version: str
    created: str
    previous: str | None = None
    """The version deployed before."""
    model: Model
    challenger: Model | None = None
    features: tuple[str, ...]
    files: tuple[str, ...]
    limit_ms: float
    target_rps: float
    environment: Environment | None = None
    running: Running | None = None
    promises: tuple[Promise, ...] = ()
    load: dict[str, Any] | None = None
    """The main numbers of deployment/load-tests/load-test.json."""
    recovery: Recovery | None = None
    ready: bool = False
    reasons: tuple[str, ...] = ()
    """Why it is ready or not, a sentence each."""

    def __str__(self) -> str:
        return "\n".join(self.reasons)
