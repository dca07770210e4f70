"""Deploying and load-testing over the protocol, as an assistant would ask for it."""

from __future__ import annotations

import shutil
import time

import pytest

import service_environment
from datasets import dataset
from specweave.checks import run_checks
from specweave.evidence import check_document
from specweave.tools.tokens import count_tokens
from specweave.workspace import read_json

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def said(client, tool, **arguments):
    """The answer; of work that went to the background, the job's final answer."""
    result = await client.call_tool(tool, arguments)
    text = result.content[0].text
    assert not result.is_error, text
    assert count_tokens(text).tokens <= 1500
    deadline = time.monotonic() + 300
    while "job(action='wait'" in text and time.monotonic() < deadline:
        text = await said(client, "job", action="wait", seconds=45)
    return text


@pytest.mark.timeout(600)
async def test_a_model_is_deployed_and_its_service_loaded(connected, workspace):
    shutil.copy(dataset("tabular/titanic.csv.gz"), workspace.root / "titanic.csv.gz")
    cache = workspace.root / "environments"
    service_environment.built(cache)
    async with connected(**service_environment.settings(cache)) as client:
        await said(client, "create_increment", request="who survives", data="titanic.csv.gz", target="Survived")
        await said(client, "run_experiment", increment="1", candidates=["linear", "lightgbm"])
        early = await client.call_tool("load_test", {"increment": "1"})
        deployed = await said(client, "deploy_model", increment="1")
        loaded = await said(client, "load_test", increment="1", target_rps=50)
    folder = workspace.increment(1)
    assert early.is_error
    assert "deploy_model" in early.content[0].text
    assert "Ready: " in deployed
    assert "Its answers equal the original model's" in deployed
    assert "Within its limits" in loaded
    assert "50" in loaded
    facts = read_json(folder.path / "deployment/deployment.json")
    assert facts["ready"]
    assert [promise for promise in facts["promises"] if not promise["kept"]] == []
    assert facts["model"]["equality"]["beyond"] == 0
    load = read_json(folder.path / "deployment/load-tests/load-test.json")
    assert load["at_target"]["target_rps"] == 50
    assert check_document(folder.path / "deployment/DEPLOYMENT.md", folder) == []
    (check,) = [result for result in run_checks(folder) if result.code == "ML011"]
    assert check.verdict == "passed", check
