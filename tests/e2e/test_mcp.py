"""The main job over the protocol, as an assistant would drive it, checked by the files it leaves."""

from __future__ import annotations

import json
import shutil
import time

import anyio
import pytest

from datasets import dataset
from specweave.tools.contract import TOOLS
from specweave.tools.tokens import count_tokens

pytestmark = pytest.mark.anyio


async def said(client, tool, **arguments):
    result = await client.call_tool(tool, arguments)
    text = result.content[0].text
    assert not result.is_error, text
    assert count_tokens(text).tokens <= 1500
    assert "Traceback" not in text
    return text


async def finished(client, text):
    """The job's final answer when the work went to the background."""
    deadline = time.monotonic() + 100
    while "action='wait'" in text.replace('"', "'") and time.monotonic() < deadline:
        text = await said(client, "job", action="wait", seconds=45)
    return text


async def test_the_list_of_tools_is_the_contract(connected):
    async with connected() as client:
        listed = await client.list_tools()
    assert [tool.name for tool in listed.tools] == [tool.name for tool in TOOLS]
    assert all(tool.annotations is not None for tool in listed.tools)


@pytest.mark.timeout(240)
async def test_the_main_job_from_request_to_evaluation(connected, workspace):
    (workspace.root / "data").mkdir()
    shutil.copy(dataset("tabular/titanic.csv.gz"), workspace.root / "data" / "titanic.csv.gz")
    async with connected() as client:
        created = await said(
            client, "create_increment", request="predict who survives", data="data/titanic.csv.gz", target="Survived"
        )
        assert created.startswith("Created increment 0001-")
        await said(client, "profile_data", increment="1")
        trained = await finished(
            client, await said(client, "run_experiment", increment="1", candidates=["linear", "hist-boosting"])
        )
        assert "better" in trained
        evaluated = await said(client, "evaluate_model", increment="1")
        assert "95 %" in evaluated
        step = await said(client, "next_step", increment="1")
        checked = await said(client, "validate_increment", increment="0001")
        assert "check" in checked
    folder = workspace.increment(1)
    expected = ["spec.md", "plan.md", "tasks.md", "tests.md", "metadata.json", "reports/evaluation-report.md", "reports/comparison.md",
                "reports/evaluation.json", "reports/data-profile.md", "reports/data-profile.html", "reports/confusion_matrix.png",
                "reports/roc_curve.png", "reports/validation-report.md", "data/looks.jsonl"]  # fmt: skip
    missing = [name for name in expected if not (folder.path / name).exists()]
    assert missing == []
    assert len((folder.data / "looks.jsonl").read_text("utf-8").splitlines()) == 1
    assert "Next:" in step


WRONG = [
    ("create_increment", {"request": "x", "data": "nothing.csv"}, "No such file"),
    ("create_increment", {"request": "x", "data": "/etc/passwd"}, "outside the project"),
    ("create_increment", {"request": "x", "data": "table.csv", "target": "prise"}, "did you mean price"),
    ("create_increment", {"request": "x", "data": "table.csv", "success": ["good"]}, "success criterion"),
    ("create_increment", {"request": "x", "data": "empty.csv"}, "empty"),
    ("profile_data", {}, "Nothing to profile"),
    ("profile_data", {"data": "table.csv", "reading": {"colour": "red"}}, "unknown key"),
    ("run_experiment", {"increment": "77"}, "No increment by that id"),
    ("evaluate_model", {"increment": "nope"}, "No increment by that id"),
    ("job", {"job": "job-none"}, "job"),
    ("complete_increment", {}, "increment"),
    ("no_such_tool", {}, "No tool by that name"),
]


async def test_wrong_input_gets_a_sentence_and_leaves_nothing_behind(connected, workspace):
    (workspace.root / "table.csv").write_text("price,size\n" + "\n".join(f"{i * 10},{i}" for i in range(50)), "utf-8")
    (workspace.root / "empty.csv").write_text("", "utf-8")
    before = sorted(p for p in workspace.root.rglob("*") if p.is_file())
    async with connected() as client:
        for tool, arguments, expected in WRONG:
            result = await client.call_tool(tool, arguments)
            text = result.content[0].text
            assert result.is_error, (tool, arguments, text)
            assert expected in text
            assert "Traceback" not in text
    assert sorted(p for p in workspace.root.rglob("*") if p.is_file()) == before


async def test_the_server_stays_up_when_its_worker_is_killed(connected, workspace):
    import psutil

    async with connected() as client:
        await said(client, "create_increment", request="predict the price of a flat")
        workers = [
            p for p in psutil.Process().children(recursive=True) if "specweave.tools.worker" in " ".join(p.cmdline())
        ]
        assert workers
        for worker in workers:
            worker.kill()
        await anyio.sleep(0.5)
        text = await said(client, "next_step")
    assert text.startswith("0001-")


async def test_stray_output_of_an_operation_does_not_reach_the_protocol(connected, workspace):
    (workspace.root / "table.csv").write_text("a,b\n1,2\n3,4\n", "utf-8")
    async with connected(PYTHONVERBOSE="", PYTHONWARNINGS="always") as client:
        await client.call_tool("profile_data", {"data": "table.csv"})
        listed = await client.list_tools()
    assert json.dumps([t.name for t in listed.tools])
