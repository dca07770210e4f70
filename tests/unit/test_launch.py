"""server/launch.sh: a Python is found, or the last resort speaks the protocol itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from doorman_rig import Rig, text_of


@pytest.fixture
def rig(tmp_path) -> Rig:
    made = Rig(tmp_path)
    # A PATH with the tools of a shell and nothing else.
    for tool in ("sh", "dirname", "sed", "tr", "cat"):
        (made.bin / tool).symlink_to(shutil.which(tool))
    made.variables["PATH"] = str(made.bin)
    return made


def _write(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def _real() -> str:
    return os.path.realpath(sys._base_executable)


@pytest.mark.parametrize("broken", ["exit 127", "echo pyenv: command not found; exit 127", "exit 0", "exit 1"])
def test_a_python_that_does_not_work_is_passed_over(rig, broken):
    _write(rig.bin / "python3", broken)
    _write(rig.bin / "python3.11", f'exec "{_real()}" "$@"')
    with rig.start(SW_ML_PYTHON=_real()) as client:
        assert "result" in client.initialize()


def test_the_interpreter_named_by_the_user_runs_the_doorman_too(rig):
    (rig.bin / "python3").unlink()
    with rig.start(SW_ML_PYTHON=_real()) as client:
        client.initialize()
        assert text_of(client.call("echo", a=1)) == '{"a": 1}'


def test_the_executable_bit_and_the_working_directory_do_not_matter(rig, tmp_path):
    assert os.access(Path(__file__).resolve().parents[2] / "server/launch.sh", os.X_OK)
    (rig.server / "launch.sh").chmod(0o644)
    link = tmp_path / "elsewhere"
    link.symlink_to(rig.server)
    rig.server = link
    with rig.start(SW_ML_PYTHON=_real()) as client:
        assert "result" in client.initialize()


@pytest.mark.skipif(Path("/usr/local/bin/python3").exists(), reason="a Python in /usr/local/bin is always found")
def test_without_any_python_every_tool_says_what_to_install(rig):
    last_resort = rig.server / "doorman" / "no-python.sh"
    run = subprocess.run(
        ["sh", str(last_resort), str(rig.server)],
        input="\n".join(
            json.dumps({"jsonrpc": "2.0", **message})
            for message in (
                {"id": "probe", "method": "server/discover"},
                {"id": 0, "method": "initialize", "params": {"protocolVersion": "2025-06-18"}},
                {"method": "notifications/initialized"},
                {"id": 1, "method": "tools/list"},
                {"id": -2, "method": "ping"},
                {"id": 3, "method": "tools/call", "params": {"name": "echo", "arguments": {}}},
            )
        )
        + "\n",
        capture_output=True,
        text=True,
        check=True,
        env=rig.variables,
    )
    answers = {answer["id"]: answer for answer in map(json.loads, run.stdout.splitlines())}
    assert set(answers) == {"probe", 0, 1, -2, 3}
    assert answers["probe"]["error"]["code"] == -32601
    assert answers[0]["result"]["protocolVersion"] == "2025-06-18"
    assert answers[1]["result"] == json.loads((rig.server / "tools.json").read_text("utf-8"))
    assert answers[-2]["result"] == {}
    assert answers[3]["result"]["isError"]
    assert "3.11" in text_of(answers[3]["result"])
    assert run.stderr == ""


def test_the_shell_scripts_are_posix():
    checker = shutil.which("dash")
    if checker is None:
        pytest.skip("dash is not installed")
    server = Path(__file__).resolve().parents[2] / "server"
    for script in (server / "launch.sh", server / "doorman/no-python.sh"):
        assert subprocess.run([checker, "-n", str(script)], capture_output=True, check=False).returncode == 0
