"""Rebuilding the recorded environment: what uv is asked, and a clear sentence where it cannot be done."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from client_rig import installer_settings
from specweave.errors import ExperimentError, MissingDependencyError
from specweave.experiments import list_experiments
from specweave.jobs.scripts import run_script
from specweave.progress import silent
from specweave.reproduction import reproduce_experiment
from specweave.reproduction.exact_environment import build_environment
from specweave.workspace import IncrementFolder, write_json


@pytest.fixture
def record(tmp_path):
    (tmp_path / "packages.txt").write_text("numpy==1.26.4\npip==24.0\nsw-ml==0.1.0\nscikit-learn==1.4.2\n", "utf-8")
    return tmp_path


@pytest.fixture
def uv(tmp_path, monkeypatch):
    """A stand-in for uv on PATH that notes its arguments, makes the folder, and ends as told."""
    home = tmp_path / "tools"
    home.mkdir()

    def make(install="exit 0"):
        script = f'#!/bin/sh\necho "$@" >> "{home}/calls"\ncase "$1" in venv) for last; do :; done; mkdir -p "$last/bin" ;; pip) {install} ;; esac\n'
        (home / "uv").write_text(script, "utf-8")
        (home / "uv").chmod(0o755)
        monkeypatch.setenv("PATH", f"{home}:/bin:/usr/bin")
        return home / "calls"

    return make


METADATA = {"python": {"version": "3.12.1"}}


def test_the_recorded_python_and_every_package_but_ours_are_asked_for(record, uv, tmp_path):
    calls = uv()
    python = build_environment(record, METADATA, tmp_path / "env", silent)
    assert python == tmp_path / "env" / "bin" / "python"
    venv, install = calls.read_text("utf-8").splitlines()
    assert venv == f"venv --quiet --python 3.12.1 {tmp_path / 'env'}"
    assert "--no-deps" in install
    wanted = (tmp_path / "env" / "recorded-packages.txt").read_text("utf-8")
    assert wanted == "numpy==1.26.4\nscikit-learn==1.4.2\n"


def test_without_uv_the_error_says_how_to_get_it(record, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(MissingDependencyError, match="needs uv") as caught:
        build_environment(record, METADATA, tmp_path / "env", silent)
    assert "--exact-env" in caught.value.next_step


def test_uv_beside_the_interpreter_does_without_path(record, uv, tmp_path, monkeypatch):
    calls = uv()
    monkeypatch.setattr(sys, "executable", str(calls.parent / "python"))
    monkeypatch.setenv("PATH", "/bin:/usr/bin")
    assert build_environment(record, METADATA, tmp_path / "env", silent).is_relative_to(tmp_path / "env")
    assert calls.is_file()


def test_without_a_network_the_error_says_so(record, uv, tmp_path):
    uv('echo "error: Failed to fetch: dns error: failed to lookup address" >&2; exit 2')
    with pytest.raises(ExperimentError, match="package index cannot be reached"):
        build_environment(record, METADATA, tmp_path / "env", silent)


def test_a_version_that_is_not_to_be_had_is_passed_on(record, uv, tmp_path):
    uv('echo "No solution found: numpy==1.26.4 has no wheels" >&2; exit 1')
    with pytest.raises(ExperimentError, match="uv refused") as caught:
        build_environment(record, METADATA, tmp_path / "env", silent)
    assert "numpy==1.26.4" in str(caught.value)


def test_a_record_without_its_list_is_refused(uv, tmp_path):
    uv()
    with pytest.raises(ExperimentError, match="no list of packages"):
        build_environment(Path(tmp_path / "none"), METADATA, tmp_path / "env", silent)


# Where `pip install uv` puts it, which need not be on PATH.
BESIDE = str(Path(sys.executable).parent)
UV = shutil.which("uv", path=os.pathsep.join([os.environ.get("PATH", os.defpath), BESIDE]))
really = pytest.mark.skipif(UV is None, reason="uv is not installed")
VERSION = """
from importlib.metadata import version
from specweave import track_experiment

with track_experiment("version") as experiment:
    experiment.log_metric("patch", int(version("click").split(".")[2]))
"""


@pytest.fixture
def network(monkeypatch):
    """The machine's own settings for package registries."""
    for name, value in installer_settings().items():
        monkeypatch.setenv(name, value)


def built(*arguments):
    """`build_environment`, where a package index answers."""
    try:
        return build_environment(*arguments, silent)
    except ExperimentError as error:
        if "cannot be reached" in error.what:
            pytest.skip("no package index answers")
        raise


@pytest.mark.slow
@pytest.mark.timeout(300)
@really
def test_the_real_uv_installs_the_recorded_version_and_refuses_one_there_is_not(tmp_path, network):
    metadata = {"python": {"version": platform.python_version()}}
    packages = tmp_path / "packages.txt"
    packages.write_text("click==8.1.7\npip==24.0\nsw-ml==0.1.0\n", "utf-8")
    python = built(tmp_path, metadata, tmp_path / "env")
    asked = "import importlib.metadata as m; print(sorted((d.name, d.version) for d in m.distributions()))"
    found = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True, timeout=60).stdout
    assert found.strip() == "[('click', '8.1.7')]"
    packages.write_text("click==99.9.9\n", "utf-8")
    with pytest.raises(ExperimentError, match="uv refused"):
        build_environment(tmp_path, metadata, tmp_path / "other", silent)


@pytest.mark.slow
@pytest.mark.timeout(600)
@really
def test_what_a_newer_package_changed_is_equal_again_in_the_recorded_environment(workspace, network):
    """With the real uv: a script in an environment of its own, whose package is then upgraded."""
    folder = IncrementFolder(workspace.increments / "0001-version")
    write_json(folder.metadata_file, {"id": folder.id, "status": "active"})
    (workspace.root / "version.py").write_text(VERSION, "utf-8")
    (workspace.root / "packages.txt").write_text("click==8.1.7\n", "utf-8")
    python = built(workspace.root, {"python": {"version": platform.python_version()}}, workspace.root / ".venv")
    run_script(workspace, 1, "version.py", python=str(python))
    (record,) = list_experiments(folder)
    assert record.metrics == {"patch": 7}

    upgrade = [UV, "pip", "install", "--quiet", "--python", str(python), "click==8.1.8"]
    subprocess.run(upgrade, check=True, capture_output=True, timeout=120)
    found = reproduce_experiment(folder, record.id)
    assert found.verdict == "not reproduced"
    assert [(change.kind, change.effect) for change in found.changes] == [("package changed", "cause")]
    assert "click 8.1.7 is now 8.1.8" in found.sentence

    found = reproduce_experiment(folder, record.id, exact_env=True)
    assert found.verdict == "reproduced exactly", str(found)
    assert "rebuilt with uv" in found.how
