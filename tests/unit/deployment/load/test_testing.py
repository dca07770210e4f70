from __future__ import annotations

import json

import pandas as pd
import pytest

import increment_factory as made
from service_rig import Service, running
from specweave import load_test_model
from specweave.deployment.load import Plan, read_load_test
from specweave.deployment.load import running as load_running
from specweave.deployment.load.address import checked_address
from specweave.deployment.load.rows import LoadRows
from specweave.errors import DeploymentError
from specweave.evidence import check_document
from specweave.problem import Constraints

ROWS = [{"a": 1}, {"a": None}]


def loaded(service, **options):
    with running(service):
        return load_test_model(
            service.url, **{"target_rps": 60, "duration": 1, "warmup": 0.2, "rows": ROWS, "steps": False, **options}
        )


def test_the_answer_holds_the_latencies_in_milliseconds():
    found = loaded(Service(seconds=0.004))
    assert 4 <= found["p50_latency"] <= found["p95_latency"] <= found["p99_latency"] <= found["max_latency"]
    assert (found["requests"], found["errors"], found["error_rate"]) == (60, 0, 0.0)
    assert (found["target_rps"], found["limit_ms"], found["report"]) == (60, 100, None)
    assert found["facts"]["rows_from"] == "rows given by the caller"


def test_a_limit_that_is_missed_twice_is_told_with_the_reason():
    found = loaded(Service(seconds=0.006), limit_ms=5, target_rps=50)
    assert not found["met"]
    assert found["reasons"][0].startswith("Too slow: p95")
    assert "the limit is 5 ms" in found["reasons"][0] or "the limit is 5.000 ms" in found["reasons"][0]
    assert "measured twice" in found["reasons"][0]
    assert found["facts"]["first_try"]["p95_ms"] > 5
    assert any("A prediction itself takes that long" in reason for reason in found["reasons"])


def test_errors_above_a_thousandth_miss_the_limit():
    found = loaded(Service(fail_every=20))
    assert not found["met"]
    assert found["reasons"][0].startswith("Too many errors")
    assert found["facts"]["at_target"]["errors"] == {"status 503": 3}
    assert "3 of 60 requests failed" in found["reasons"][1]
    assert "status 503 (3)" in found["reasons"][1]


def test_steps_find_the_rate_a_service_sustains(monkeypatch):
    monkeypatch.setattr(load_running, "_STEP_REQUESTS", 20)
    # 10 ms of work, one at a time: a hundred a second is all it can do.
    with running(Service(seconds=0.01)) as service:
        plan = Plan(target_rps=20, duration=0.5, warmup=0, limit_ms=60, step_s=0.8)
        rows = LoadRows(tuple(ROWS), "made here")
        found = load_running.run_load_test(checked_address(service.url), rows, plan)
    assert 60 <= found.capacity_rps <= 100
    assert 30 <= found.saturation_rps <= 110
    assert found.not_sustained_rps > found.saturation_rps
    assert any("were sustained" in reason for reason in found.reasons)


def test_with_an_increment_the_report_is_written_and_its_numbers_are_proven(tmp_path):
    folder = made.place(tmp_path, constraints=Constraints(latency_ms=50))
    made.worked(folder)
    found = loaded(Service(get={"/version": {"source_model_sha256": "abc"}}), rows=None, increment=folder)
    kept = read_load_test(folder)
    assert (kept.limit_ms, kept.model_sha256, kept.n_rows) == (50, "abc", 20)
    assert "sealed rows" in kept.rows_from
    path = folder.path / "deployment/load-tests/load-test.md"
    assert found["report"] == str(path)
    assert list(check_document(path, folder)) == []


def test_a_table_can_be_sent():
    service = Service()
    loaded(service, rows=pd.DataFrame({"a": [1.5]}))
    assert json.loads(service.bodies[-1]) == {"a": 1.5}


def test_a_key_is_sent_in_its_header():
    service = Service()
    loaded(service, api_key="secret-1")
    assert all(b"\r\nX-API-Key: secret-1\r\n" in head for head in service.heads)
    with pytest.raises(DeploymentError, match="no header may"):
        loaded(Service(), api_key="a\r\nb")


def test_rows_the_service_refuses_end_the_test_with_its_answer():
    with pytest.raises(DeploymentError, match="refuses the first row: status 422"):
        loaded(Service(status=422))


@pytest.mark.parametrize("rows", [[], [1, 2], [{"a": object()}], [{"a": float("nan")}]])
def test_rows_that_cannot_be_sent_are_refused(rows):
    with pytest.raises(DeploymentError, match="row"):
        loaded(Service(), rows=rows)


@pytest.mark.parametrize(
    "plan",
    [
        Plan(target_rps=0),
        Plan(target_rps=float("nan")),
        Plan(duration=-1),
        Plan(limit_ms=0),
        Plan(duration=599, warmup=2),
        Plan(target_rps=5000, duration=60),
    ],
)
def test_a_load_test_is_bounded(plan):
    with pytest.raises(DeploymentError):
        plan.checked()


def test_other_machines_are_not_loaded():
    with pytest.raises(DeploymentError, match="this machine only"):
        load_test_model("http://192.0.2.1:80", 1, 1, rows=ROWS)


@pytest.mark.parametrize(("rate", "duration"), [("many", 2), (float("nan"), 2), (-5, 2), (1e9, 2), (50, 0), (50, 1e6)])
def test_a_plan_that_cannot_be_is_refused_before_anything_is_sent(rate, duration):
    with pytest.raises(DeploymentError) as caught:
        load_test_model("http://127.0.0.1:9", rate, duration)
    assert "connection" not in str(caught.value)
    assert caught.value.allowed
