from __future__ import annotations

import json
import socket

import pytest

import increment_factory as made
import made_service
from specweave.data import seal
from specweave.deployment.deploying import deploy, wanted_rps
from specweave.deployment.monitoring.files import ALERTS
from specweave.deployment.runbook import ANSWERS, workers_for
from specweave.errors import DeploymentError
from specweave.evidence import check_document
from specweave.problem import Constraints
from specweave.spec_file import read_problem
from specweave.workspace import Workspace, read_json


def increment(root, latency_ms=100):
    folder = made.place(root, constraints=Constraints(latency_ms=latency_ms))
    made.worked(folder)
    return folder


def deployed(folder, **options):
    service = made_service.maker(**{k: options.pop(k) for k in ("work", "app", "sha") if k in options})
    given = {"duration": 1.0, "steps": False, "make": service, "build": made_service.here, **options}
    return deploy(folder, read_problem(folder), **given)


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """An increment whose service was deployed, and what deploy() returned."""
    folder = increment(tmp_path_factory.mktemp("ready"))
    return folder, deployed(folder, target_rps=40)


def test_a_service_that_runs_and_keeps_its_limits_is_ready(ready):
    folder, found = ready
    assert found.ready
    assert found.reasons[0].startswith("Ready: exp-002-lightgbm as made:0001-5f1c9a02")
    assert all(promise.kept for promise in found.promises)
    assert len(found.promises) == 11
    assert found.load["target_rps"] == 40
    assert found.load["errors"] == 0
    assert 0 < found.running.ready_s < found.running.first_prediction_s
    assert found.running.command[:3] == ("python", "-m", "uvicorn")
    assert found.recovery.met
    assert read_json(folder.path / "deployment/deployment.json") == json.loads(found.model_dump_json())


def test_nothing_is_left_running(ready):
    address = read_json(ready[0].path / "deployment/load-tests/load-test.json")["url"]
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(address.rsplit(":", 1)[1]))) != 0


def test_every_number_of_the_documents_is_its_evidence(ready):
    folder, _ = ready
    for name in ("DEPLOYMENT.md", "load-tests/load-test.md"):
        path = folder.path / "deployment" / name
        assert list(check_document(path, folder)) == []
        assert path.read_text("utf-8").count("<!--e") > 15
    assert (folder.path / "deployment/load-tests/latency-against-load.png").is_file()


def test_a_changed_number_is_noticed(ready, tmp_path):
    folder, _ = ready
    path = folder.path / "deployment/DEPLOYMENT.md"
    text = path.read_text("utf-8")
    changed = tmp_path / "DEPLOYMENT.md"
    changed.write_text(text.replace("40.0<!--", "41.0<!--"), "utf-8")
    assert list(check_document(changed, folder))


def test_no_look_was_spent_and_the_access_is_written_down(ready):
    folder, _ = ready
    assert len(seal.looks(folder)) == 1  # the evaluation's own
    (line,) = (folder.data / "accesses.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["purpose"] == "load test"
    assert json.loads(line)["columns"] == ["age", "income"]


def test_the_runbook_answers_every_alert(ready):
    assert set(ANSWERS) == set(ALERTS)
    text = (ready[0].path / "deployment/DEPLOYMENT.md").read_text("utf-8")
    assert all(f"### {alert}" in text for alert in ALERTS)
    for heading in ("Start", "Health", "Scale", "Roll back", "Rotate keys", "Retrain", "On call"):
        assert f"## {heading}" in text


def test_a_target_that_cannot_be_met_is_refused_with_the_reason(tmp_path):
    folder = increment(tmp_path, latency_ms=5)
    with pytest.raises(DeploymentError, match="Too slow: p95") as caught:
        deployed(folder, work=0.009, target_rps=25, duration=2.0)
    said = str(caught.value)
    assert "the limit is 5.000 ms" in said
    assert "A prediction itself takes that long" in said
    assert "cheaper experiment" in caught.value.next_step
    facts = read_json(folder.path / "deployment/deployment.json")
    assert not facts["ready"]
    assert facts["load"]["p95_latency"] > 5
    runbook = (folder.path / "deployment/DEPLOYMENT.md").read_text("utf-8")
    assert "**Not ready.**" in runbook
    assert "Too slow" in (folder.path / "deployment/load-tests/load-test.md").read_text("utf-8")


def test_a_service_that_does_not_start_is_refused_and_written_down(tmp_path):
    folder = increment(tmp_path)
    with pytest.raises(DeploymentError, match="instead of starting"):
        deployed(folder, app="raise SystemExit('no model')")
    facts = read_json(folder.path / "deployment/deployment.json")
    assert (facts["ready"], facts["load"]) == (False, None)
    assert "no model" in " ".join(facts["reasons"])
    assert "Not ready" in (folder.path / "deployment/DEPLOYMENT.md").read_text("utf-8")


def test_a_broken_promise_is_refused(tmp_path):
    folder = increment(tmp_path)
    with pytest.raises(DeploymentError, match="tells which model it serves"):
        deployed(folder, sha="another model")


def test_requirements_that_cannot_be_had_are_told(tmp_path):
    folder = increment(tmp_path)

    def build(requirements, *, progress=None):
        raise DeploymentError("The package registry does not answer")

    with pytest.raises(DeploymentError, match="registry"):
        deployed(folder, build=build)
    assert not read_json(folder.path / "deployment/deployment.json")["ready"]


def test_the_rate_may_stand_in_the_spec(tmp_path):
    workspace = Workspace.find_or_create(tmp_path)
    folder = made.increment(workspace, constraints=Constraints(requests_per_second=250))
    assert wanted_rps(read_problem(folder)) == 250
    assert wanted_rps(made.problem()) == 100
    for wrong in ("many", -5, 0):
        with pytest.raises(DeploymentError, match="no rate"):
            wanted_rps(made.problem(constraints=Constraints(requests_per_second=wrong)))


@pytest.mark.parametrize(("rps", "sustained", "workers"), [(100, 1000, 1), (600, 1000, 1), (601, 1000, 2), (50, 10, 9)])
def test_workers_leave_headroom(rps, sustained, workers):
    assert workers_for(rps, sustained) == workers
