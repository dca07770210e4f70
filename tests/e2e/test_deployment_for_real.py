"""A generated service as its image runs it: in an environment made from its own requirements, for long, and losing a worker."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import exported_models as made
import service_environment
from specweave.deployment.container import Container, start_command, write_container
from specweave.deployment.contract import Caller, tried
from specweave.deployment.load.open_loop import send_back_to_back
from specweave.deployment.load.requests import requests_for
from specweave.deployment.load.rows import json_rows
from specweave.deployment.recovery import kill_a_worker
from specweave.deployment.service_process import running_service

pytestmark = pytest.mark.slow

ROUNDS, REQUESTS_A_ROUND = 5, 10_000
"""An hour at 14 requests a second."""
MOST_GROWTH_MB = 8.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A deployment folder of a boosted model, and rows of it."""
    target = tmp_path_factory.mktemp("deployment")
    exported, X = made.generated(target, family="hist_boosting")
    write_container(target, Container(name="made", version="1", description="made"))
    return target, json_rows(X.head(200)), exported.signature.source_model_sha256


@pytest.mark.timeout(600)
def test_the_requirements_alone_run_the_dockerfiles_command(folder, tmp_path):
    target, rows, sha256 = folder
    environment = service_environment.built(tmp_path)
    listing = subprocess.run(
        [str(environment.python), "-c", "import importlib.util as u; print([u.find_spec(n) for n in ('specweave',)])"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert listing.stdout.strip() == "[None]"
    assert "installed by" in environment.how
    with running_service(target, environment.python) as service:
        assert service.command[1:4] == tuple(start_command(target)[1:4])
        promises = tried(Caller(service.address), rows, sha256)
        assert service.memory_mb()[0] <= 150
    assert [promise for promise in promises if not promise.kept] == []


@pytest.mark.timeout(600)
def test_fifty_thousand_requests_leave_memory_flat(folder):
    target, rows, _ = folder
    with running_service(target, Path(sys.executable)) as service:
        requests = requests_for(service.address, rows)
        after = []
        for _ in range(ROUNDS):
            exchanges = []
            while len(exchanges) < REQUESTS_A_ROUND:
                exchanges += send_back_to_back(service.address, requests, connections=16, seconds=2)[0]
            assert [exchange.why for exchange in exchanges if exchange.failed] == []
            after.append(service.memory_mb()[0])
    # The first round fills the drift window, which keeps a fixed number of rows.
    assert max(after[1:]) - after[0] <= MOST_GROWTH_MB, after
    assert max(after) <= 200, after


@pytest.mark.timeout(300)
def test_a_worker_killed_under_load_is_missed_for_less_than_two_seconds(folder):
    target, rows, _ = folder
    with running_service(target, Path(sys.executable), workers=2) as service:
        recovery = kill_a_worker(service, requests_for(service.address, rows), rate=100)
    assert recovery.n_requests == 400
    assert recovery.answered_again_s is not None, recovery
    assert recovery.answered_again_s <= 2.0, recovery
    assert recovery.restored_s is not None, recovery
    assert recovery.n_failed <= 200
