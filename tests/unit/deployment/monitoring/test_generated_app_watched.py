"""The generated app of a trained model, scraped by a real Prometheus."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

import exported_models as made
from prometheus_rig import running_prometheus, tool, until
from specweave.deployment.container import Container, write_container
from specweave.deployment.monitoring.files import Watching, write_monitoring
from specweave.deployment.service_process import running_service


@pytest.fixture
def deployed(tmp_path):
    """The service of a trained model, and the rows it learned from as requests hold them."""
    _, X = made.generated(tmp_path)
    write_container(tmp_path, Container(name="made", version="1", description="made"))
    return tmp_path, json.loads(X.to_json(orient="records", date_format="iso", date_unit="ns"))


def send(service, rows, times):
    """The rows as batches of the generated app, over and over."""
    body = json.dumps({"rows": rows}).encode()
    for _ in range(times):
        request = urllib.request.Request(
            service.address.url + "/predict/batch", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200


@pytest.mark.slow
def test_prometheus_sees_the_generated_app_and_an_injected_drift_fires(deployed):
    folder, rows = deployed
    with running_service(folder, Path(sys.executable)) as service:
        quick = {"every": "1s", "over": "10s", "hold": "2s", "down_for": "2s"}
        write_monitoring(
            folder / "monitoring", Watching("made", targets=(f"127.0.0.1:{service.address.port}",), **quick)
        )
        for kind, file in (("config", "prometheus.yml"), ("rules", "alerts.yml")):
            checked = subprocess.run(
                [tool("promtool"), "check", kind, file],
                cwd=folder / "monitoring",
                capture_output=True,
                text=True,
                check=False,
            )
            assert checked.returncode == 0, checked.stdout + checked.stderr
        with running_prometheus(folder / "monitoring", folder) as prometheus:
            until(prometheus.healths, lambda found: found == ["up"])
            send(service, rows, 10)
            until(lambda: prometheus.value("model_window_rows"), lambda found: found >= 3000)
            asked = 'sum(api_requests_total{path="/predict/batch"})'
            assert until(lambda: prometheus.value(asked), lambda found: found >= 10)
            time.sleep(6)  # Longer than an alert is held before it fires.
            assert prometheus.firing() == set()
            moved = [{**row, "a": None if row["a"] is None else row["a"] + 3} for row in rows]
            send(service, moved, 15)
            fired = until(prometheus.firing, lambda found: ("InputDrift", "a") in found)
            assert {column for alert, column in fired if alert == "InputDrift"} == {"a"}
            service.process.kill()
            until(prometheus.firing, lambda found: ("ServiceDown", None) in found)
