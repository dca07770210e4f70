"""The files for Prometheus and Grafana, read by Prometheus itself where it is installed."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import yaml

from prometheus_rig import running_prometheus, tool, until
from specweave.deployment.monitoring.files import ALERTS, Watching, write_monitoring
from specweave.deployment.monitoring.monitor import Monitor
from specweave.deployment.monitoring.reference import Reference, profiled_numbers

SERVICE = 'job="model-api", instance="a:8000"'
COLUMN = f'{SERVICE}, column="age"'
# For each alert series that raise it, and the same in health; 30 minutes of samples every 15 s.
RAISED = {
    "ServiceDown": ({f"up{{{SERVICE}}}": "0x120"}, {f"up{{{SERVICE}}}": "1x120"}),
    "ServiceErrors": (
        {
            f'api_requests_total{{{SERVICE}, status="{code}"}}': f"0+{step}x120"
            for code, step in (("200", 1000), ("500", 3))
        },
        {
            f'api_requests_total{{{SERVICE}, status="{code}"}}': f"0+{step}x120"
            for code, step in (("200", 9999), ("500", 3))
        },
    ),
    "RequestsRefused": (
        {
            f'api_requests_total{{{SERVICE}, status="{code}"}}': f"0+{step}x120"
            for code, step in (("200", 80), ("422", 20))
        },
        {
            f'api_requests_total{{{SERVICE}, status="{code}"}}': f"0+{step}x120"
            for code, step in (("200", 95), ("422", 5))
        },
    ),
    "ServiceSlow": (
        {
            f'api_request_seconds_bucket{{{SERVICE}, path="/predict", le="{le}"}}': f"0+{step}x120"
            for le, step in (("0.05", 50), ("0.25", 100), ("+Inf", 100))
        },
        {
            f'api_request_seconds_bucket{{{SERVICE}, path="/predict", le="{le}"}}': f"0+{step}x120"
            for le, step in (("0.05", 99), ("0.25", 100), ("+Inf", 100))
        },
    ),
    "InputDrift": (
        {f"model_drift_ks{{{COLUMN}}}": "0.2x120", f"model_drift_ks_limit{{{COLUMN}}}": "0.1x120"},
        {f"model_drift_psi{{{COLUMN}}}": "0.3x120", f"model_drift_psi_limit{{{COLUMN}}}": "0.35x120"},
    ),
    "ScoreDrift": (
        {f"model_score_psi{{{SERVICE}}}": "0.3x120", f"model_score_psi_limit{{{SERVICE}}}": "0.2x120"},
        {f"model_score_psi{{{SERVICE}}}": "0.1x120", f"model_score_psi_limit{{{SERVICE}}}": "0.2x120"},
    ),
    "ValuesMissing": (
        {f"model_missing_share{{{COLUMN}}}": "0.3x120", f"model_missing_share_limit{{{COLUMN}}}": "0.1x120"},
        {f"model_missing_share{{{COLUMN}}}": "0.05x120", f"model_missing_share_limit{{{COLUMN}}}": "0.1x120"},
    ),
    "CategoriesUnknown": (
        {f"model_unknown_share{{{COLUMN}}}": "0.1x120", f"model_unknown_share_limit{{{COLUMN}}}": "0.05x120"},
        {f"model_unknown_share{{{COLUMN}}}": "0.01x120", f"model_unknown_share_limit{{{COLUMN}}}": "0.05x120"},
    ),
    "PredictionShare": (
        {
            f'model_prediction_share{{{SERVICE}, label="yes"}}': "0.1x120",
            f'model_prediction_share_low{{{SERVICE}, label="yes"}}': "0.2x120",
            f'model_prediction_share_high{{{SERVICE}, label="yes"}}': "0.4x120",
        },
        {
            f'model_prediction_share{{{SERVICE}, label="yes"}}': "0.3x120",
            f'model_prediction_share_low{{{SERVICE}, label="yes"}}': "0.2x120",
            f'model_prediction_share_high{{{SERVICE}, label="yes"}}': "0.4x120",
        },
    ),
}


def written(tmp_path, **changes):
    write_monitoring(tmp_path, Watching("churn", **changes))
    return tmp_path


def rules(folder):
    groups = yaml.safe_load((folder / "alerts.yml").read_text("utf-8"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def test_every_alert_is_named_explained_and_graded(tmp_path):
    found = rules(written(tmp_path))
    assert set(found) == set(ALERTS) == set(RAISED)
    assert all(
        rule["annotations"]["summary"] and rule["labels"]["severity"] in ("page", "ticket") for rule in found.values()
    )


def test_limits_are_those_of_the_spec(tmp_path):
    found = rules(written(tmp_path, latency_ms=25, error_share=0.002, hold="3m"))
    assert found["ServiceSlow"]["expr"].strip().endswith("> 0.025")
    assert found["ServiceErrors"]["expr"].strip().endswith("> 0.002")
    assert found["InputDrift"]["for"] == "3m"


def test_scrapes_the_targets_with_the_key_where_one_is_needed(tmp_path):
    config = yaml.safe_load((written(tmp_path) / "prometheus.yml").read_text("utf-8"))
    assert config["scrape_configs"][0]["static_configs"] == [{"targets": ["api:8000"]}]
    assert "authorization" not in config["scrape_configs"][0]
    keyed = written(tmp_path, targets=("a:1", "b:2"), key_file="/run/secrets/key")
    scrape = yaml.safe_load((keyed / "prometheus.yml").read_text("utf-8"))["scrape_configs"][0]
    assert scrape["static_configs"] == [{"targets": ["a:1", "b:2"]}]
    assert scrape["authorization"] == {"credentials_file": "/run/secrets/key"}


def test_dashboard_is_whole_and_asks_for_metrics_that_exist(tmp_path):
    folder = written(tmp_path) / "grafana"
    board = json.loads((folder / "dashboards" / "model-service.json").read_text("utf-8"))
    source = yaml.safe_load((folder / "provisioning" / "datasources" / "prometheus.yml").read_text("utf-8"))
    uid = source["datasources"][0]["uid"]
    assert {panel["datasource"]["uid"] for panel in board["panels"]} == {uid}
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    places = [tuple(panel["gridPos"].values()) for panel in board["panels"]]
    assert len(set(places)) == len(places)
    asked = {target["expr"] for panel in board["panels"] for target in panel["targets"]}
    named = set(re.findall(r"\bmodel_\w+", " ".join(asked)))
    assert named <= set(re.findall(r"^# TYPE (\w+)", Monitor(profile()).metrics_text(), re.MULTILINE))
    provider = yaml.safe_load((folder / "provisioning" / "dashboards" / "model-service.yml").read_text("utf-8"))
    assert provider["providers"][0]["options"]["path"] == "/var/lib/grafana/dashboards"


def test_alerts_ask_for_metrics_that_exist(tmp_path):
    said = " ".join(rule["expr"] for rule in rules(written(tmp_path)).values())
    exported = set(re.findall(r"^# TYPE (\w+)", Monitor(profile()).metrics_text(), re.MULTILINE))
    assert set(re.findall(r"\bmodel_\w+", said)) <= exported


def test_promtool_accepts_config_and_rules(tmp_path):
    folder = written(tmp_path)
    for kind, file in (("config", "prometheus.yml"), ("rules", "alerts.yml")):
        found = subprocess.run(
            [tool("promtool"), "check", kind, file], cwd=folder, capture_output=True, text=True, check=False
        )
        assert found.returncode == 0, found.stdout + found.stderr


def test_promtool_parses_every_expression_of_the_dashboard(tmp_path):
    board = json.loads((written(tmp_path) / "grafana" / "dashboards" / "model-service.json").read_text("utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    recorded = [{"record": f"panel_{i}", "expr": expression} for i, expression in enumerate(asked)]
    (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": recorded}]}), "utf-8")
    command = [tool("promtool"), "check", "rules", "panels.yml"]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_each_alert_fires_on_its_trouble_and_is_silent_in_health(tmp_path):
    """One promtool run of two cases an alert: after 30 minutes it fires, or not, and no other alert does."""
    folder = written(tmp_path)
    cases = []
    for alert, (ill, well) in RAISED.items():
        for series, fires in ((ill, True), (well, False)):
            expected = [{"alertname": name, "exp_alerts": []} for name in ALERTS if name != alert]
            described = summary(folder, alert) if fires else []
            cases.append(
                {
                    "interval": "15s",
                    "input_series": [{"series": name, "values": values} for name, values in series.items()],
                    "alert_rule_test": [
                        {"eval_time": "30m", **one}
                        for one in [*expected, {"alertname": alert, "exp_alerts": described}]
                    ],
                }
            )
    (folder / "cases.yml").write_text(yaml.safe_dump({"rule_files": ["alerts.yml"], "tests": cases}), "utf-8")
    command = [tool("promtool"), "test", "rules", "cases.yml"]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def summary(folder, alert):
    """The one alert promtool should see: labels and the summary with its blanks filled in."""
    labels = {"job": "model-api", "severity": rules(folder)[alert]["labels"]["severity"]}
    if alert not in ("ServiceErrors", "ServiceSlow", "RequestsRefused"):
        labels["instance"] = "a:8000"
    if alert in ("InputDrift", "ValuesMissing", "CategoriesUnknown"):
        labels["column"] = "age"
    if alert == "PredictionShare":
        labels["label"] = "yes"
    values = {"ServiceErrors": "0.2991%", "RequestsRefused": "20%", "ValuesMissing": "30%", "CategoriesUnknown": "10%"}
    text = rules(folder)[alert]["annotations"]["summary"]
    text = text.replace("{{ $value | humanizePercentage }}", values.get(alert, "10%"))
    text = text.replace("{{ $value | humanizeDuration }}", "230ms")
    for name in ("instance", "column", "label"):
        text = text.replace(f"{{{{ $labels.{name} }}}}", labels.get(name, ""))
    return [{"exp_labels": labels, "exp_annotations": {"summary": text}}]


def profile():
    rng = np.random.default_rng(0)
    return Reference(
        experiment="exp-001",
        rows=5000,
        columns={name: profiled_numbers(rng.normal(size=5000)) for name in ("age", "income")},
        score=profiled_numbers(rng.random(5000)),
        label=None,
        scores_from="out-of-fold",
    ).model_dump(mode="json")


@pytest.fixture
def service():
    """A service that counts into a monitor and shows /metrics."""
    monitor = Monitor(profile(), window=1000)

    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(monitor.metrics_text().encode())

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Metrics)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield monitor, server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
def test_a_real_prometheus_sees_the_service_and_tells_an_injected_drift(tmp_path, service):
    monitor, port = service
    rng = np.random.default_rng(1)

    def traffic(shift, n=1200):
        columns = {"age": rng.normal(shift, 1, n).tolist(), "income": rng.normal(size=n).tolist()}
        monitor.observe(columns, rng.random(n).tolist())

    traffic(0.0)
    quick = {"every": "1s", "over": "10s", "hold": "2s", "down_for": "2s"}
    folder = written(tmp_path, targets=(f"127.0.0.1:{port}",), **quick)
    with running_prometheus(folder, tmp_path) as prometheus:
        until(prometheus.healths, lambda found: found == ["up"])
        until(lambda: prometheus.value("model_window_rows"), lambda found: found >= 1000)
        assert prometheus.firing() == set()
        traffic(1.0)
        assert until(prometheus.firing, bool) == {("InputDrift", "age")}
        traffic(0.0)
        until(prometheus.firing, lambda found: not found)
