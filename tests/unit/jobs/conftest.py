"""Operations a job can run in these tests, in a module the job's process finds through PYTHONPATH."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from specweave import jobs

OPERATIONS = '''
import json, os, subprocess, sys, time
from pathlib import Path
from specweave.errors import DataError
from specweave.workspace import append_line, write_json


def add(workspace, progress, a, b):
    progress(1, 1, f"adding {a} and {b}")
    return {"sum": a + b, "root": str(workspace.root), "pid": os.getpid()}


def steps(workspace, progress, n, pause=0.05):
    for i in range(n):
        progress(i + 1, n, f"step {i + 1}")
        time.sleep(pause)
    return n


def sleep(workspace, progress, seconds=60):
    progress(0, 1, "sleeping")
    time.sleep(seconds)


def refuse(workspace, progress):
    raise DataError("The target is constant", value="Churn", allowed="two values", next_step="profile_data()")


def crash(workspace, progress):
    raise ValueError("the\\nmiddle fell out")


def leave(workspace, progress):
    sys.exit(3)


def environment(workspace, progress):
    return {k: os.environ.get(k) for k in ("SECRET_TOKEN", "SPECWEAVE_INCREMENT", "CLAUDE_PROJECT_DIR")}


def family(workspace, progress):
    # One child in the same group, one that left the group, both deaf to SIGTERM.
    deaf = [sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"]
    children = [subprocess.Popen(deaf), subprocess.Popen(deaf, start_new_session=True)]
    write_json(workspace.root / "family.json", [child.pid for child in children])
    time.sleep(60)


def tidy(workspace, progress):
    try:
        progress(0, 1, "working")
        time.sleep(60)
    finally:
        (workspace.root / "tidied").write_text("yes")


def slow_tidy(workspace, progress):
    try:
        progress(0, 1, "working")
        time.sleep(60)
    finally:
        (workspace.root / "tidying").touch()
        time.sleep(0.5)
        (workspace.root / "tidied").touch()


def talk(workspace, progress):
    print("grüße")
    subprocess.run([sys.executable, "-c", "print('from below')"], check=True)
    return {"nan": float("nan")}


def resumable(workspace, progress, n=20, pause=0.05):
    """Does each part once, keeping each by an atomic write."""
    for i in range(n):
        part = workspace.root / "parts" / f"{i}.json"
        if not part.exists():
            time.sleep(pause)
            write_json(part, {"part": i, "filler": "x" * 5000})
            append_line(workspace.root / "done.txt", str(i))
        progress(i + 1, n, f"part {i + 1}")
    return sorted(json.loads(p.read_text())["part"] for p in (workspace.root / "parts").glob("*.json"))
'''


@pytest.fixture
def operations(tmp_path, monkeypatch) -> str:
    """The module's name; its functions are called "job_operations:add" and so on."""
    folder = tmp_path / "operations"
    folder.mkdir()
    (folder / "job_operations.py").write_text(OPERATIONS, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return "job_operations"


@pytest.fixture(autouse=True)
def no_job_survives(request):
    """End what a test left running."""
    workspace = request.getfixturevalue("workspace") if "workspace" in request.fixturenames else None
    yield
    for job in jobs.list_jobs(workspace) if workspace else []:
        if job.is_alive():
            jobs.cancel(job, grace_seconds=0)


def until(condition, seconds: float = 20.0):
    """What `condition` returns once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found


@pytest.fixture(name="until")
def until_fixture():
    return until


@pytest.fixture
def increment(workspace):
    """An increment folder with the little that is needed to be found."""
    folder = workspace.increments / "0001-zähl-ziel"
    (folder / "experiments").mkdir(parents=True)
    (folder / "metadata.json").write_text('{"id": "0001-zähl-ziel", "type": "feature", "status": "active"}')
    return workspace.increment(1)


@pytest.fixture(scope="session")
def make_venv(tmp_path_factory):
    """Makes an environment with nothing installed, in a folder with a space and a letter outside ASCII."""

    def make(folder: Path | None = None) -> Path:
        folder = folder or tmp_path_factory.mktemp("leere umgebung ü")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        return folder

    return make


@pytest.fixture(scope="session")
def bare_venv(make_venv) -> Path:
    return make_venv()
