from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from specweave.jobs import processes

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def sleeper():
    process = subprocess.Popen(SLEEP)
    yield process
    process.kill()
    process.wait()


def test_a_process_is_known_by_number_and_start(sleeper):
    started = processes.start_time(sleeper.pid)
    assert processes.is_running(sleeper.pid, started, SLEEP)
    assert not processes.is_running(sleeper.pid, started - 100, ["python", "another", "program"])
    assert processes.is_running(sleeper.pid, started - 100, SLEEP)


def test_a_dead_process_that_nobody_waited_for_is_not_running(sleeper):
    started = processes.start_time(sleeper.pid)
    sleeper.kill()
    deadline = time.monotonic() + 10
    while psutil.Process(sleeper.pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert not processes.is_running(sleeper.pid, started, SLEEP)


def test_a_number_nobody_has_is_not_running():
    assert processes.start_time(2**22 + 7) is None
    assert not processes.is_running(2**22 + 7, 0.0, SLEEP)


def test_members_are_found_by_the_mark_they_inherited(tmp_path):
    environment = os.environ | {processes.JOB_VARIABLE: str(tmp_path)}
    marked = subprocess.Popen(SLEEP, env=environment, start_new_session=True)
    try:
        deadline = time.monotonic() + 10
        while [p.pid for p in processes.members(str(tmp_path))] != [marked.pid]:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert processes.members(str(tmp_path) + "x") == []
    finally:
        marked.kill()
        marked.wait()


def test_ending_a_tree_ends_grandchildren(tmp_path):
    code = f"import subprocess, time; p = subprocess.Popen({SLEEP!r}); print(p.pid, flush=True); time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    grandchild = psutil.Process(int(parent.stdout.readline()))
    processes.end_tree(parent.pid, grace_seconds=2)
    parent.stdout.close()
    assert parent.wait(5) == -signal.SIGTERM
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


def test_a_process_deaf_to_the_request_is_killed_after_the_grace_period():
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as deaf:
        deaf.stdout.readline()
        before = time.monotonic()
        processes.end_tree(deaf.pid, grace_seconds=0.3)
        assert deaf.wait(5) == -signal.SIGKILL
        assert time.monotonic() - before >= 0.3
