"""Rebuilding the recorded environment: what uv is asked, and a clear sentence where it cannot be done."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from client_rig import installer_settings
from specweave.errors import ExperimentError, MissingDependencyError
from specweave.progress import silent
from specweave.reproduction.exact_environment import build_environment


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
    with pytest.raises(MissingDependencyError, match="needs uv") as caught:
        build_environment(record, METADATA, tmp_path / "env", silent)
    assert "--exact-env" in caught.value.next_step


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


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not installed")
def test_the_real_uv_installs_the_recorded_version_and_refuses_one_there_is_not(tmp_path, monkeypatch):
    for name, value in installer_settings().items():
        monkeypatch.setenv(name, value)
    metadata = {"python": {"version": platform.python_version()}}
    packages = tmp_path / "packages.txt"
    packages.write_text("click==8.1.7\npip==24.0\nsw-ml==0.1.0\n", "utf-8")
    try:
        python = build_environment(tmp_path, metadata, tmp_path / "env", silent)
    except ExperimentError as error:
        if "cannot be reached" in error.what:
            pytest.skip("no package index answers")
        raise
    asked = "import importlib.metadata as m; print(sorted((d.name, d.version) for d in m.distributions()))"
    found = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True, timeout=60).stdout
    assert found.strip() == "[('click', '8.1.7')]"
    packages.write_text("click==99.9.9\n", "utf-8")
    with pytest.raises(ExperimentError, match="uv refused"):
        build_environment(tmp_path, metadata, tmp_path / "other", silent)
