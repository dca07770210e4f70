from __future__ import annotations

import pytest
from click.testing import CliRunner

import increment_factory as made
import made_service
from service_rig import Service, running
from specweave.cli import main
from specweave.deployment import deploying, starting
from specweave.deployment.load import running as running_load
from specweave.errors import DeploymentError
from specweave.progress import silent
from specweave.tools.operations.deployment import deployed, load_in_job, loaded
from specweave.workspace import Workspace


@pytest.fixture
def folder(tmp_path):
    folder = made.place(tmp_path)
    made.worked(folder)
    return folder


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    """One short step: how steps find the saturation is tested with the load test."""
    monkeypatch.setattr(running_load, "_LADDER", (0.2,))
    monkeypatch.setattr(running_load, "_STEP_REQUESTS", 20)


def command(folder, *arguments):
    return CliRunner().invoke(main, [*arguments, "--project", str(folder.root)], catch_exceptions=False)


def test_a_running_service_is_loaded_and_the_report_named(folder):
    with running(Service()) as service:
        text, found = loaded(Workspace(folder.root), "1", url=service.url, target_rps=40, duration=0.5, progress=silent)
    assert found.met
    assert text.startswith("Within its limits: p95")
    assert "deployment/load-tests/load-test.md" in text


def test_the_exit_code_tells_whether_the_limits_were_kept(folder):
    with running(Service(fail_every=10)) as service:
        done = command(folder, "load-test", "1", "--url", service.url, "--target-rps", "20", "--duration", "1")
    assert done.exit_code == 1
    assert "Too many errors" in done.output


def test_without_a_service_the_way_to_one_is_told(folder):
    with pytest.raises(DeploymentError, match="Nothing is deployed") as caught:
        load_in_job(Workspace(folder.root), progress=silent, increment="1", url=None, target_rps=10)
    assert "deploy_model" in caught.value.next_step
    done = command(folder, "load-test", "1")
    assert done.exit_code == 2
    assert f"sw-ml deploy {folder.id}" in done.stderr


def test_another_host_is_refused_unless_it_is_named(folder):
    done = command(folder, "load-test", "1", "--url", "http://192.0.2.1:80")
    assert done.exit_code == 2
    assert "--allow-host 192.0.2.1" in done.stderr


def test_the_deployed_service_is_started_for_a_load_test_and_stopped(folder, monkeypatch):
    made_service.maker()(folder, None)
    monkeypatch.setattr(starting, "scratch_environment", made_service.here)
    text, found = loaded(Workspace(folder.root), "1", target_rps=20, duration=0.5, progress=silent)
    assert found.model_sha256 == made_service.SHA
    assert "Within" in text


def test_deploying_tells_the_verdict_first_and_marks_the_task(folder, monkeypatch):
    real = deploying.deploy

    def quick(of, problem, **options):
        return real(
            of, problem, **{**options, "duration": 0.5, "steps": False},
            make=made_service.maker(), build=made_service.here,
        )  # fmt: skip

    monkeypatch.setattr(deploying, "deploy", quick)
    text, found = deployed(Workspace(folder.root), "1", progress=silent)
    assert found.ready
    assert text.startswith("Ready: exp-002-lightgbm")
    assert "deployment/DEPLOYMENT.md" in text
    tasks = (folder.path / "tasks.md").read_text("utf-8")
    assert "[x] completed" in tasks[tasks.index("T-005") : tasks.index("T-006")]
