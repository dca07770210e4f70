from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from doorman import environments as module
from doorman.environments import Environments, Way, lock_hash
from doorman.failures import Failure
from doorman.installers import Commands
from doorman.interpreters import Interpreter
from doorman.places import Log


class Installer:
    """Makes a folder with a python in it, or fails as told."""

    def __init__(self, *failures: Failure | None) -> None:
        self.failures = list(failures)
        self.made: list[Path] = []

    def __call__(self, folder: Path) -> None:
        self.made.append(folder)
        (folder / "bin").mkdir(parents=True)
        failure = self.failures.pop(0) if self.failures else None
        if failure:
            raise failure
        (folder / "bin/python").symlink_to(sys.executable)


@pytest.fixture
def lock_file(tmp_path) -> Path:
    path = tmp_path / "requirements.lock"
    path.write_text("a==1\n")
    return path


@pytest.fixture
def make(tmp_path, lock_file, monkeypatch):
    def build(installer: Installer, *, pip: int = 0) -> Environments:
        made = Environments(tmp_path / "data", lock_file, {}, Log(None))
        ways = [
            Way(made.folder / f"{made.hash}-cp31{n}", installer, with_pip=bool(pip)) for n in range(1, 1 + (pip or 1))
        ]
        monkeypatch.setattr(made, "_ways", lambda _: iter(ways))
        return made

    return build


@pytest.fixture
def commands() -> Commands:
    return Commands({}, Log(None), lambda _: None)


def test_an_environment_is_built_once_and_found_again(make, commands):
    installer = Installer()
    python = make(installer).get(commands)
    assert python.exists()
    assert (python.parents[1] / "complete").exists()
    assert make(installer).get(commands) == python
    assert len(installer.made) == 1


def test_without_the_stamp_it_is_rebuilt(make, commands):
    python = make(Installer()).get(commands)
    (python.parents[1] / "complete").unlink()
    (python.parents[1] / "rubbish").touch()
    assert make(installer := Installer()).get(commands) == python
    assert len(installer.made) == 1
    assert not (python.parents[1] / "rubbish").exists()


def test_one_whose_python_was_uninstalled_is_rebuilt(make, commands):
    python = make(Installer()).get(commands)
    python.unlink()
    python.symlink_to("/nonexistent/python3.11")
    assert make(Installer()).get(commands).resolve().exists()


def test_a_failed_build_leaves_nothing_and_tells_why(make, commands):
    made = make(Installer(Failure("because", "do this")))
    with pytest.raises(Failure, match="because"):
        made.get(commands)
    assert not [path for path in made.folder.iterdir() if path.is_dir()]


def test_another_python_is_tried_only_when_python_is_to_blame(make, commands):
    installer = Installer(Failure("no venv", "x", blames_python=True))
    assert make(installer, pip=2).get(commands).exists()
    assert len(installer.made) == 2
    refused = Installer(Failure("no network", "x"), Failure("no network", "x"))
    other = make(refused, pip=2)
    other.hash = "0" * 12
    with pytest.raises(Failure):
        other.get(commands)
    assert len(refused.made) == 1


def test_too_little_space_is_told_before_anything_is_downloaded(make, commands, monkeypatch):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 300_000_000})())
    installer = Installer()
    with pytest.raises(Failure, match=r"0\.3 GB are free"):
        make(installer).get(commands)
    assert installer.made == []


def test_others_are_removed_unless_held_or_running(make, commands, lock_file):
    first = make(Installer())
    old = first.get(commands).parents[1]
    lock_file.write_text("a==2\n")
    second = make(Installer())
    assert second.get(commands).parents[1] != old
    second.remove_others()
    assert old.exists()  # a doorman still holds it
    first.in_use.release()
    job = subprocess.Popen([str(old / "bin/python"), "-c", "import time; time.sleep(30)"])
    try:
        time.sleep(0.2)
        second.remove_others()
        assert old.exists()  # a job outlived its server
    finally:
        job.kill()
        job.wait()
    second.remove_others()
    assert not old.exists()
    assert not old.with_name(old.name + ".in-use").exists()


def test_without_ps_running_processes_are_found_in_proc(tmp_path, monkeypatch):
    if not Path("/proc/self/cmdline").exists():
        pytest.skip("no /proc here")

    def no_ps(*_, **__):
        raise FileNotFoundError("ps")

    monkeypatch.setattr(module.subprocess, "run", no_ps)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").symlink_to(sys.executable)
    assert not module._runs_a_process(tmp_path)
    job = subprocess.Popen([str(tmp_path / "bin/python"), "-c", "import time; time.sleep(30)"])
    try:
        time.sleep(0.2)
        assert module._runs_a_process(tmp_path)
    finally:
        job.kill()
        job.wait()


@pytest.mark.parametrize(
    ("uv", "pythons", "tags", "with_pip"),
    [
        (Path("/uv"), [(3, 11)], ["cp311", "cp311"], [False, True]),
        (Path("/uv"), [], ["cp312"], [False]),  # uv brings its own Python
        (None, [(3, 13), (3, 11)], ["cp313", "cp311"], [True, True]),
        (None, [], [], []),
    ],
)
def test_uv_comes_first_then_pip(tmp_path, lock_file, monkeypatch, commands, uv, pythons, tags, with_pip):
    found = [Interpreter(Path(f"/python{minor}"), (major, minor)) for major, minor in pythons]
    monkeypatch.setattr(module, "find_uv", lambda _: uv)
    monkeypatch.setattr(module, "find_interpreters", lambda *_: iter(found))
    made = Environments(tmp_path / "data", lock_file, {}, Log(None))
    ways = list(made._ways(commands))
    assert [way.folder.name for way in ways] == [f"{lock_hash(lock_file)}-{tag}" for tag in tags]
    assert [way.with_pip for way in ways] == with_pip
    if not ways:
        with pytest.raises(Failure, match="no Python"):
            made.get(commands)


def test_the_hash_follows_the_content(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text("a==1\n")
    first = lock_hash(lock)
    assert len(first) == 12
    lock.write_text("a==2\n")
    assert lock_hash(lock) != first
