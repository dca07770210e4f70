from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from specweave.deployment.container import Container, write_container
from specweave.deployment.load.exchange import Exchange
from specweave.deployment.load.open_loop import ask
from specweave.deployment.load.requests import get, requests_for
from specweave.deployment.recovery import answered_again, kill_a_worker
from specweave.deployment.service_process import running_service
from specweave.errors import DeploymentError

APP = """
import os

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    if scope["method"] == "POST":
        await receive()
    body = f"{os.getpid()} {os.environ.get('API_KEYS', '-')} {os.environ.get('PYTHONPATH', '-')}".encode()
    head = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})
"""


def service(folder, app=APP):
    (folder / "api").mkdir()
    (folder / "api" / "main.py").write_text(app, "utf-8")
    write_container(folder, Container(name="made", version="1", description="for a test"))
    return folder


def test_it_is_started_as_the_image_starts_it_and_stopped_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("API_KEYS", "the callers own")
    with running_service(service(tmp_path), Path(sys.executable)) as found:
        exchange, body = ask(found.address, get(found.address, "/anything"))
        pid, keys, path = body.decode().split()
        assert found.command[:5] == (sys.executable, "-m", "uvicorn", "main:app", "--host")
        assert found.command[5] == "127.0.0.1"
        assert "httptools" in found.command
        assert [worker.pid for worker in found.workers()] == [int(pid)]
        assert found.ready_s < 20
        assert 5 < found.memory_mb()[0] < 200
    assert not exchange.failed
    assert (keys, path) == ("-", "-")
    assert not psutil.pid_exists(int(pid))


@pytest.mark.slow
def test_a_killed_worker_is_replaced_and_requests_go_on(tmp_path):
    with running_service(service(tmp_path), Path(sys.executable), workers=2) as found:
        before = {worker.pid for worker in found.workers()}
        recovery = kill_a_worker(found, requests_for(found.address, [{"a": 1}]), rate=50)
        after = {worker.pid for worker in found.workers()}
    assert len(before) == recovery.workers == 2
    assert len(after - before) == 1
    assert recovery.n_requests == 200
    assert recovery.met
    assert recovery.restored_s is not None
    assert not [pid for pid in before | after if psutil.pid_exists(pid)]


def test_a_service_that_ends_at_once_says_why(tmp_path):
    with (
        pytest.raises(DeploymentError, match="instead of starting") as caught,
        running_service(service(tmp_path, "raise RuntimeError('no model here')\n"), Path(sys.executable)),
    ):
        pass
    assert "no model here" in str(caught.value)


def test_an_interpreter_that_is_not_there_is_named(tmp_path):
    with (
        pytest.raises(DeploymentError, match="does not start") as caught,
        running_service(service(tmp_path), Path("/no/such/python")),
    ):
        pass
    assert "/no/such/python" in str(caught.value)


def exchange(done, *, failed):
    made = Exchange(done - 0.01, 0)
    made.done, made.status = done, 0 if failed else 200
    return made


@pytest.mark.parametrize(
    ("failures", "again"),
    [([], 0.0), ([0.5], 0.0), ([1.02, 1.1], pytest.approx(0.1)), ([1.5, 2.9], None)],
    ids=["none failed", "one before the kill", "two after it", "up to the end"],
)
def test_when_requests_are_answered_again(failures, again):
    exchanges = sorted(
        [*(exchange(i / 10, failed=False) for i in range(29)), *(exchange(at, failed=True) for at in failures)],
        key=lambda one: one.done,
    )
    assert answered_again(exchanges, killed_at=1.0) == again
