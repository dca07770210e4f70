"""`/ml:deploy 0001` in the real client: a service is written, run, loaded and found ready; only the client's model is scripted."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import service_environment
from client_rig import PREFIX, REPOSITORY, export
from client_rig import run as run_client
from datasets import dataset
from specweave.evidence import check_document
from specweave.workspace import IncrementFolder

pytestmark = [pytest.mark.client, pytest.mark.slow, pytest.mark.timeout(500)]


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    return export(tmp_path_factory.mktemp("Klöne") / "sw ml")


@pytest.fixture
def project(tmp_path) -> Path:
    """A user's project with one evaluated increment in it."""
    folder = tmp_path / "my project"
    folder.mkdir()
    shutil.copy(dataset("tabular/titanic.csv.gz"), folder / "titanic.csv.gz")
    program = "import sys; from specweave.cli import main; sys.argv[0] = 'sw-ml'; main()"
    for arguments in (
        ["init"],
        ["build", "who survives", "--data", "titanic.csv.gz", "--target", "Survived", "--candidate", "lightgbm"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env={"PYTHONPATH": str(REPOSITORY / "server"), "HOME": str(tmp_path), "MPLCONFIGDIR": str(tmp_path)},
        )
        assert done.returncode == 0, done.stderr[-2000:]
    return folder


def test_the_deploy_command_ends_with_a_service_that_was_measured(monkeypatch, tmp_path, clone, project):
    # The client reaches no registry: what the service needs is there already.
    service_environment.built(tmp_path / "environments")
    turns = [
        {"tool": "deploy_model", "input": {"increment": "0001"}},
        *[{"tool": "job", "input": {"action": "wait"}}] * 4,
        {"text": "{result}"},
    ]
    seen = run_client(
        monkeypatch,
        tmp_path / "world",
        "/ml:deploy 0001",
        turns,
        marketplace=clone,
        project=str(project),
        variables={"SW_ML_PYTHON": sys.executable, **service_environment.settings(tmp_path / "environments")},
        timeout=300,
    )
    assert "Deploy the model of this increment: 0001" in "\n".join(seen["prompt_seen"])
    assert seen["permission_denials"] == []
    answers = [found for found in seen["tool_results"] if found["tool"] and found["tool"].startswith(PREFIX)]
    assert not [found for found in answers if found["is_error"]], answers
    assert any("Ready: " in found["text"] for found in answers), answers
    assert "p95" in seen["final_text"]
    (path,) = (tmp_path / "world/project/.specweave/increments").glob("0001-*")
    folder = IncrementFolder(path)
    facts = json.loads((path / "deployment/deployment.json").read_text("utf-8"))
    assert facts["ready"]
    assert facts["load"]["p95_latency"] <= facts["limit_ms"]
    assert [promise for promise in facts["promises"] if not promise["kept"]] == []
    assert check_document(path / "deployment/DEPLOYMENT.md", folder) == []
    assert check_document(path / "deployment/load-tests/load-test.md", folder) == []
    shutil.rmtree(tmp_path / "world/home", ignore_errors=True)
