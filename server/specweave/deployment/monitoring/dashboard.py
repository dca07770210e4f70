"""The Grafana dashboard of a deployed model: is it up, quick and right, and does it still see what it was trained on."""

from __future__ import annotations

from typing import Any

SOURCE = {"type": "prometheus", "uid": "prometheus"}
SCHEMA = 39
WIDTH, HEIGHT = 12, 8


def dashboard(name: str, *, job: str, latency_ms: float) -> dict[str, Any]:
    """The dashboard as Grafana reads it, two graphs a line below a line of figures."""
    panels = [*_figures(job), *_service(job, latency_ms), *_model(job)]
    return {
        "uid": "model-service",
        "title": f"Model service: {name}",
        "tags": ["model"],
        "timezone": "browser",
        "schemaVersion": SCHEMA,
        "version": 1,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "panels": [{**panel, "id": number} for number, panel in enumerate(panels, start=1)],
    }


def _figures(job: str) -> list[dict[str, Any]]:
    of = f'{{job="{job}"}}'
    shown = [
        ("Instances up", f"sum(up{of})", "short"),
        ("Predictions a second", f"sum(rate(model_rows_total{of}[5m]))", "short"),
        ("Rows compared with training", f"max(model_window_rows{of})", "short"),
        ("Columns that drift", f"count(model_drift_psi{of} > model_drift_psi_limit{of}) or vector(0)", "short"),
    ]
    return [
        {
            "type": "stat",
            "title": title,
            "datasource": SOURCE,
            "gridPos": {"x": 6 * place, "y": 0, "w": 6, "h": 4},
            "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
            "targets": [{"refId": "A", "datasource": SOURCE, "expr": expression}],
        }
        for place, (title, expression, unit) in enumerate(shown)
    ]


def _service(job: str, latency_ms: float) -> list[dict[str, Any]]:
    of, predictions = f'job="{job}"', f'job="{job}", path=~"/predict.*"'
    quantiles = {
        f"p{share}": f"histogram_quantile(0.{share}, sum by (le) (rate(api_request_seconds_bucket{{{predictions}}}[5m])))"
        for share in (50, 95, 99)
    }
    return [
        _graph(
            0, "Requests by status", {"{{status}}": f"sum by (status) (rate(api_requests_total{{{of}}}[5m]))"}, "reqps"
        ),
        _graph(1, f"Time to answer (p95 allowed: {latency_ms:g} ms)", quantiles, "s", limit=latency_ms / 1000),
        _graph(
            2,
            "Share of failed requests",
            {
                "5xx": f'sum(rate(api_requests_total{{{of}, status=~"5.."}}[5m])) / sum(rate(api_requests_total{{{of}}}[5m]))',
                "4xx": f'sum(rate(api_requests_total{{{of}, status=~"4.."}}[5m])) / sum(rate(api_requests_total{{{of}}}[5m]))',
            },
            "percentunit",
        ),
        _graph(3, "Memory of a process", {"{{instance}}": f"process_resident_memory_bytes{{{of}}}"}, "bytes"),
    ]


def _model(job: str) -> list[dict[str, Any]]:
    of = f'{{job="{job}"}}'
    return [
        _graph(
            4,
            "Drift of the columns (1 is the limit)",
            {"{{column}}": f"max by (column) (model_drift_psi{of} / model_drift_psi_limit{of})"},
            "short",
            limit=1,
        ),
        _graph(
            5,
            "Drift of the scores (1 is the limit)",
            {
                "PSI": f"max(model_score_psi{of} / model_score_psi_limit{of})",
                "Kolmogorov-Smirnov": f"max(model_score_ks{of} / model_score_ks_limit{of})",
            },
            "short",
            limit=1,
        ),
        _graph(6, "Share of each answer", {"{{label}}": f"avg by (label) (model_prediction_share{of})"}, "percentunit"),
        _graph(
            7, "Share of missing values", {"{{column}}": f"max by (column) (model_missing_share{of})"}, "percentunit"
        ),
        _graph(
            8,
            "Share of unknown categories",
            {"{{column}}": f"max by (column) (model_unknown_share{of})"},
            "percentunit",
        ),
        _graph(
            9,
            "Kolmogorov-Smirnov distance of the columns (1 is the limit)",
            {"{{column}}": f"max by (column) (model_drift_ks{of} / model_drift_ks_limit{of})"},
            "short",
            limit=1,
        ),
    ]


def _graph(
    place: int, title: str, expressions: dict[str, str], unit: str, *, limit: float | None = None
) -> dict[str, Any]:
    """A graph with one line for each expression, by legend; `limit` is drawn as a line."""
    defaults: dict[str, Any] = {"unit": unit, "min": 0}
    if limit is not None:
        steps = [{"color": "green", "value": None}, {"color": "red", "value": limit}]
        defaults |= {
            "thresholds": {"mode": "absolute", "steps": steps},
            "custom": {"thresholdsStyle": {"mode": "line"}},
        }
    return {
        "type": "timeseries",
        "title": title,
        "datasource": SOURCE,
        "gridPos": {"x": place % 2 * WIDTH, "y": 4 + place // 2 * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + number), "datasource": SOURCE, "expr": expression, "legendFormat": legend}
            for number, (legend, expression) in enumerate(expressions.items())
        ],
    }
