"""The generated app of a trained model, scraped by a real Prometheus."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

import exported_models as made
from specweave.deployment.container import Container, write_container
from specweave.deployment.monitoring.files import Watching, write_monitoring
from specweave.deployment.service_process import _free_port, running_service


def tool(name):
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: apt-get install prometheus)")
    return found


def until(ask, condition, seconds=90):
    """What a question answers once the condition holds."""
    found = None
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            found = ask()
        except OSError:
            found = None
        if found is not None and condition(found):
            return found
        time.sleep(0.3)
    raise AssertionError(f"never so: {found}")


@pytest.fixture
def deployed(tmp_path):
    """The service of a trained model, and the rows it learned from as requests hold them."""
    _, X = made.generated(tmp_path)
    write_container(tmp_path, Container(name="made", version="1", description="made"))
    return tmp_path, json.loads(X.to_json(orient="records", date_format="iso", date_unit="ns"))


@pytest.fixture
def prometheus(tmp_path):
    """Starts a real Prometheus on the folder monitoring/; a function that asks its API."""
    running = []

    def start(port):
        command = [tool("prometheus"), f"--config.file={tmp_path}/monitoring/prometheus.yml"]
        command += [f"--storage.tsdb.path={tmp_path}/tsdb", f"--web.listen-address=127.0.0.1:{port}"]
        log = (tmp_path / "prometheus.log").open("w")
        running.append((subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT), log))

        def ask(path):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{path}", timeout=5) as answer:
                return json.loads(answer.read())["data"]

        return ask

    yield start
    for process, log in running:
        process.terminate()
        process.wait(timeout=20)
        log.close()


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
def test_prometheus_sees_the_generated_app_and_an_injected_drift_fires(deployed, prometheus):
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
        ask = prometheus(_free_port())

        def firing():
            alerts = ask("alerts")["alerts"]
            return {
                (one["labels"]["alertname"], one["labels"].get("column")) for one in alerts if one["state"] == "firing"
            }

        def value(query):
            found = ask("query?query=" + urllib.parse.quote(query))["result"]
            return float(found[0]["value"][1]) if found else 0.0

        until(lambda: ask("targets")["activeTargets"], lambda found: [one["health"] for one in found] == ["up"])
        send(service, rows, 10)
        until(lambda: value("model_window_rows"), lambda found: found >= 3000)
        assert until(lambda: value('sum(api_requests_total{path="/predict/batch"})'), lambda found: found >= 10)
        time.sleep(6)  # Longer than an alert is held before it fires.
        assert firing() == set()
        moved = [{**row, "a": None if row["a"] is None else row["a"] + 3} for row in rows]
        send(service, moved, 15)
        fired = until(firing, lambda found: ("InputDrift", "a") in found)
        assert {column for alert, column in fired if alert == "InputDrift"} == {"a"}
        service.process.kill()
        until(firing, lambda found: ("ServiceDown", None) in found)
