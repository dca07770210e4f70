"""The files of deployment/monitoring/: what Prometheus reads, the alerts, the dashboard, and the monitor's own source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from specweave.deployment.monitoring import monitor
from specweave.deployment.monitoring.dashboard import dashboard
from specweave.rendering import render
from specweave.workspace import write_json, write_text

PACKAGE = "specweave.deployment.monitoring"
ALERTS = (
    "ServiceDown",
    "ServiceErrors",
    "ServiceSlow",
    "RequestsRefused",
    "InputDrift",
    "ScoreDrift",
    "ValuesMissing",
    "CategoriesUnknown",
    "PredictionShare",
)


@dataclass(frozen=True)
class Watching:
    """How the service is watched: whom Prometheus asks, how often, and when something is told.

    Durations are as Prometheus writes them. An alert fires when its condition held for `hold` (a service that does not
    answer: `down_for`); rates are taken `over` the last minutes. `key_file` is where Prometheus finds the key when
    /metrics asks for one.
    """

    name: str
    latency_ms: float = 100
    targets: tuple[str, ...] = ("api:8000",)
    job: str = "model-api"
    every: str = "15s"
    over: str = "5m"
    hold: str = "10m"
    down_for: str = "1m"
    error_share: float = 0.001
    key_file: str | None = None
    prometheus_url: str = "http://prometheus:9090"


def write_monitoring(folder: Path, watching: Watching) -> list[Path]:
    """Write the files into `folder`; their paths.

    `prometheus.yml`, `alerts.yml`; `grafana/provisioning/` belongs at /etc/grafana/provisioning, and
    `grafana/dashboards/` at /var/lib/grafana/dashboards.
    """
    grafana = folder / "grafana"
    texts = {
        folder / "prometheus.yml": "prometheus.yml",
        folder / "alerts.yml": "alerts.yml",
        grafana / "provisioning" / "datasources" / "prometheus.yml": "datasource.yml",
        grafana / "provisioning" / "dashboards" / "model-service.yml": "dashboards.yml",
    }
    written = [write_text(path, render(PACKAGE, template, w=watching)) for path, template in texts.items()]
    made = dashboard(watching.name, job=watching.job, latency_ms=watching.latency_ms)
    return [*written, write_json(grafana / "dashboards" / "model-service.json", made)]


def monitor_source() -> str:
    """The source of `monitor.py`, which the generated service keeps as its own."""
    return Path(monitor.__file__).read_text("utf-8")
