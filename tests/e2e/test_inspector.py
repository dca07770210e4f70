"""The MCP inspector's command line against the server as a client starts it."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import subprocess
import sys

import pytest

from client_rig import REPOSITORY

INSPECTOR = "@modelcontextprotocol/inspector@2.12.0"
OLDEST_NODE = 20  # it declares 22.19, but its command line runs on 20

pytestmark = [pytest.mark.inspector, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def npx() -> str:
    node, found = shutil.which("node"), shutil.which("npx")
    if not (node and found):
        pytest.skip("node and npx are not installed")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(re.findall(r"\d+", version)[0]) < OLDEST_NODE:
        pytest.skip(f"{INSPECTOR} needs node {OLDEST_NODE}, here is {version.strip()}")
    return found


@pytest.fixture
def inspect(npx, tmp_path):
    def call(*arguments: str) -> dict:
        # npm keeps its settings and cache in the home that tests otherwise never see.
        home = pwd.getpwuid(os.getuid()).pw_dir
        variables = {
            **os.environ,
            "HOME": home,
            "SW_ML_PYTHON": sys.executable,
            "CLAUDE_PLUGIN_DATA": str(tmp_path / "data"),
        }
        given = ["-e", f"SW_ML_PYTHON={sys.executable}", "-e", f"CLAUDE_PLUGIN_DATA={tmp_path / 'data'}"]
        run = subprocess.run(
            [npx, "--yes", INSPECTOR, "--cli", *given, "sh", str(REPOSITORY / "server/launch.sh"), *arguments],
            capture_output=True,
            text=True,
            timeout=240,
            cwd=tmp_path,
            env=variables,
            check=False,
        )
        assert run.returncode == 0, run.stderr[-2000:]
        return json.loads(run.stdout)

    return call


def test_the_tools_are_listed(inspect):
    expected = json.loads((REPOSITORY / "server/tools.json").read_text("utf-8"))["tools"]
    assert [tool["name"] for tool in inspect("--method", "tools/list")["tools"]] == [tool["name"] for tool in expected]


def test_next_step_answers_for_an_increment_made_by_the_call_before(inspect, tmp_path):
    made = inspect("--method", "tools/call", "--tool-name", "create_increment", "--tool-arg", "request=predict churn")
    assert list((tmp_path / ".specweave/increments").glob("0001-*/spec.md")), made
    (block,) = inspect("--method", "tools/call", "--tool-name", "next_step")["content"]
    assert "0001" in block["text"]
    assert "Traceback" not in block["text"]
