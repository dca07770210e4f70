"""The files that put a generated service into containers: Dockerfile, compose file, Kubernetes manifests."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from specweave.errors import DeploymentError
from specweave.rendering import render
from specweave.workspace import storage_errors, write_text

PACKAGE = "specweave.deployment.container"
PYTHON_IMAGE = "python:3.12.12-slim-bookworm"
PROMETHEUS_IMAGE = "prom/prometheus:v3.5.0"
GRAFANA_IMAGE = "grafana/grafana:12.1.0"
DOCKERFILE = "Dockerfile"
_FILES = {
    DOCKERFILE: "Dockerfile",
    ".dockerignore": "dockerignore",
    "docker-compose.yml": "docker-compose.yml",
    "k8s/deployment.yaml": "deployment.yaml",
    "k8s/service.yaml": "service.yaml",
    "k8s/autoscaler.yaml": "autoscaler.yaml",
    "k8s/disruption-budget.yaml": "disruption-budget.yaml",
}
# What kubelets and load balancers give a service to finish what it has begun.
GRACE_S = 20
_LABEL_LENGTH = 50
_CMD = re.compile(r"^CMD (\[.*\])$", re.MULTILINE)


@dataclass(frozen=True)
class Container:
    """What the container files say: `memory_mib` is the limit of one container, `workers` its processes, `start_s` the seconds it may take to be ready."""

    name: str
    version: str
    description: str
    port: int = 8000
    workers: int = 1
    memory_mib: int = 512
    start_s: int = 30
    uid: int = 10001
    grace_s: int = GRACE_S
    python_image: str = PYTHON_IMAGE
    prometheus_image: str = PROMETHEUS_IMAGE
    grafana_image: str = GRAFANA_IMAGE

    @property
    def command(self) -> list[str]:
        """How the service is started, in its folder; workers and their number come from WEB_CONCURRENCY."""
        return [
            "python", "-m", "uvicorn", "main:app", "--host", "0.0.0.0", "--port", str(self.port),  # noqa: S104  the container's own network
            "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-server-header",
            "--backlog", "1024", "--timeout-graceful-shutdown", str(self.grace_s),
        ]  # fmt: skip


def container_name(text: str) -> str:
    """A name every part of a container platform takes (a DNS label): letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LABEL_LENGTH].strip("-")
    return name if name[:1].isalpha() else f"model-{name}".strip("-")


def write_container(folder: Path, container: Container) -> list[Path]:
    """Write the files into `folder`, which holds api/ and requirements.txt; their paths."""
    return [write_text(folder / target, render(PACKAGE, template, c=container)) for target, template in _FILES.items()]


def start_command(folder: Path) -> list[str]:
    """The very command of the Dockerfile. Raises DeploymentError when it has none in the exec form."""
    path = folder / DOCKERFILE
    with storage_errors(path):
        found = _CMD.findall(path.read_text("utf-8"))
    if not found:
        raise DeploymentError(
            "The Dockerfile does not say what to start",
            value=str(path),
            allowed='one line CMD ["python", …]',
            next_step="restore the line, or deploy again",
        )
    command: list[str] = json.loads(found[-1])
    return command
