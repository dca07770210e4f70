"""Comparing and running again over the protocol, as an assistant would ask for it."""

from __future__ import annotations

import json
import shutil
import time

import pytest

from datasets import dataset
from specweave.tools.tokens import count_tokens

pytestmark = pytest.mark.anyio


async def said(client, tool, **arguments):
    """The answer; of work that went to the background, the job's final answer."""
    result = await client.call_tool(tool, arguments)
    text = result.content[0].text
    assert not result.is_error, text
    assert count_tokens(text).tokens <= 1500
    deadline = time.monotonic() + 150
    while "action='wait'" in text.replace('"', "'") and time.monotonic() < deadline:
        text = await said(client, "job", action="wait", seconds=45)
    return text


@pytest.mark.timeout(240)
async def test_experiments_are_compared_and_one_is_run_again(connected, workspace):
    shutil.copy(dataset("tabular/titanic.csv.gz"), workspace.root / "titanic.csv.gz")
    async with connected() as client:
        await said(client, "create_increment", request="who survives", data="titanic.csv.gz", target="Survived")
        await said(client, "run_experiment", increment="1", candidates=["linear"])
        compared = await said(client, "compare_experiments", increment="1")
        again = await said(client, "reproduce_experiment", increment="1", experiment="exp-004")
        wrong = await client.call_tool("reproduce_experiment", {"increment": "1", "experiment": "exp-099"})
    folder = workspace.increment(1)
    assert compared.startswith("Best of ")
    assert "best baseline exp-004-linear" in compared or "It is a baseline" in compared
    for name in ("experiment-comparison.md", "experiment-comparison.html", "comparison-intervals.png"):
        assert (folder.reports / name).is_file()
    assert "exp-004-linear reproduced exactly" in again
    facts = json.loads((folder.reports / "reproduction-exp-004.json").read_text("utf-8"))
    assert facts["predictions"]["equal"] == facts["predictions"]["n"] > 500
    assert wrong.is_error
    assert "No experiment by that id" in wrong.content[0].text
