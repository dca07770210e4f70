from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from doorman.failures import Failure, Stopped
from doorman.installers import Commands, install_with_uv, read_step
from doorman.places import Log


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def commands(tmp_path, said) -> Commands:
    variables = {"PATH": "/usr/bin:/bin", "PYTHONPATH": "/elsewhere", "PIP_USER": "1", "SECRET": "hush"}
    return Commands(variables, Log(tmp_path / "log"), said.append)


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("Downloading scikit-learn (8.5MiB)", "downloading scikit-learn"),
        (" Downloading scipy (33.7MiB)", "downloading scipy"),
        ("  Downloading scikit_learn-1.9.1-cp311-cp311-manylinux_2_27_x86_64.whl (8.9 MB)", "downloading scikit-learn"),
        ("  Using cached https://host/a/b/pandas-3.1.1-cp311.whl (11 MB)", "downloading pandas"),
        ("Collecting numpy==2.4.6 (from -r requirements.lock (line 3))", "downloading numpy"),
        ("Resolved 112 packages in 761ms", "downloading the packages"),
        ("Installing collected packages: a, b, c", "installing the packages"),
        ("Prepared 4 packages in 763ms", "installing the packages"),
        ("Installed 112 packages in 559ms", "compiling the packages"),
        (" + numpy==2.4.6", None),
        ("warning: something", None),
    ],
)
def test_a_line_of_uv_or_pip_is_read_as_a_step(line, step):
    assert read_step(line) == step


def test_steps_are_told_while_the_command_runs(commands, said, tmp_path):
    commands.run(["sh", "-c", "echo Downloading pandas; echo Resolved 3 packages >&2"], tmp_path)
    assert said == ["downloading pandas", "downloading the packages"]


def test_a_failing_command_is_explained_from_its_output(commands, tmp_path):
    with pytest.raises(Failure, match="cannot be reached"):
        commands.run(["sh", "-c", "echo Connection refused; exit 2"], tmp_path)


def test_a_missing_program_is_a_failure(commands, tmp_path):
    with pytest.raises(Failure, match="does not start"):
        commands.run(["/nonexistent/uv"], tmp_path)


def test_settings_that_would_mislead_the_installer_are_left_out_and_nothing_is_logged(commands, tmp_path):
    commands.run(
        [sys.executable, "-c", "import os; print(sorted(os.environ)); assert 'PIP_USER' not in os.environ"], tmp_path
    )
    log = (tmp_path / "log").read_text("utf-8")
    assert "'PYTHONPATH'" not in log
    assert "hush" not in log


def test_stop_ends_the_command_with_its_children_and_allows_no_other(commands, tmp_path):
    threading.Timer(0.3, commands.stop).start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        commands.run(["sh", "-c", "sleep 30; echo late"], tmp_path)
    assert time.monotonic() - began < 20
    with pytest.raises(Stopped):
        commands.run(["true"], tmp_path)


def test_an_untrusted_certificate_is_tried_again_with_the_systems_list(commands, tmp_path):
    uv = tmp_path / "uv"
    uv.write_text(
        '#!/bin/sh\n[ "$1" = venv ] && exit 0\n[ "$UV_SYSTEM_CERTS" = true ] && exit 0\necho invalid peer certificate: UnknownIssuer\nexit 2\n'
    )
    uv.chmod(0o755)
    install_with_uv(commands, uv, "3.12", Path("requirements.lock"), tmp_path / "environment")
    assert (tmp_path / "log").read_text("utf-8").count("pip install") == 2
