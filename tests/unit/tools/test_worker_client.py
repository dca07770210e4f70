import asyncio
import os
import signal
import sys
import textwrap

import pytest

from specweave.errors import SpecweaveError
from specweave.tools.worker_client import WorkerClient

ECHO = """
    import json, os, sys
    for line in sys.stdin:
        message = json.loads(line)
        if "cancel" in message:
            open(os.environ["CANCEL_FILE"], "w").write(str(message["cancel"]))
            continue
        if message["tool"] == "die":
            os._exit(9)
        if message["tool"] == "hang":
            continue
        print(json.dumps({"id": message["id"], "progress": [1, 2, "half"]}), flush=True)
        if message["tool"] == "fail":
            print(json.dumps({"id": message["id"], "error": "It failed. Next: mend it."}), flush=True)
        else:
            print(json.dumps({"id": message["id"], "text": f"{message['tool']} {os.getpid()}"}), flush=True)
"""


@pytest.fixture
def client(tmp_path, monkeypatch):
    monkeypatch.setenv("CANCEL_FILE", str(tmp_path / "cancelled"))
    return WorkerClient([sys.executable, "-c", textwrap.dedent(ECHO)])


def run(work):
    return asyncio.run(asyncio.wait_for(work, 20))


async def nothing(done, total, message):
    pass


def test_progress_comes_before_the_answer(client):
    seen = []

    async def on_progress(done, total, message):
        seen.append((done, total, message))

    async def work():
        text = await client.call("echo", {}, None, on_progress)
        await client.stop()
        return text

    assert run(work()).startswith("echo ")
    assert seen == [(1, 2, "half")]


def test_a_failure_in_the_worker_keeps_its_sentence(client):
    async def work():
        try:
            await client.call("fail", {}, None, nothing)
        finally:
            await client.stop()

    with pytest.raises(SpecweaveError) as caught:
        run(work())
    assert str(caught.value) == "It failed. Next: mend it."


def test_a_worker_that_dies_is_told_and_replaced(client):
    async def work():
        with pytest.raises(SpecweaveError, match="worker process ended"):
            await client.call("die", {}, None, nothing)
        text = await client.call("echo", {}, None, nothing)
        await client.stop()
        return text

    assert run(work()).startswith("echo ")


def test_a_worker_killed_from_outside_is_replaced(client):
    async def work():
        await client.call("echo", {}, None, nothing)
        first = client.pid
        os.kill(first, signal.SIGKILL)
        while client._process.returncode is None:
            await asyncio.sleep(0.01)
        text = await client.call("echo", {}, None, nothing)
        await client.stop()
        return first, text

    first, text = run(work())
    assert text != f"echo {first}"


def test_a_cancelled_call_is_cancelled_in_the_worker(client, tmp_path):
    async def work():
        task = asyncio.create_task(client.call("hang", {}, None, nothing))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while not (tmp_path / "cancelled").exists():
            await asyncio.sleep(0.02)
        await client.stop()

    run(work())
    assert (tmp_path / "cancelled").read_text() == "1"
