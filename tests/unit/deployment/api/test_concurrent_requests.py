"""A generated service that is asked many things at once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import sys
from pathlib import Path

import pytest

import exported_models as made
from specweave.deployment.container import Container, write_container
from specweave.deployment.load.requests import get, post
from specweave.deployment.service_process import running_service


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """The folder of a service of boosted trees, and rows to ask about."""
    folder = tmp_path_factory.mktemp("service")
    _, X = made.generated(folder, family="hist_boosting")
    write_container(folder, Container(name="made", version="1", description="made"))
    return folder, json.loads(X.head(60).to_json(orient="records", date_format="iso", date_unit="ns"))


@pytest.fixture(scope="module")
def service(deployed):
    with running_service(deployed[0], Path(sys.executable)) as found:
        yield found


async def answer(reader):
    """Status, headers in lower case and JSON (or text) of the next answer."""
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)).decode().lower()
    length = re.search(r"content-length: (\d+)", head)
    said = await asyncio.wait_for(reader.readexactly(int(length[1])) if length else reader.read(), 20)
    try:
        return int(head.split()[1]), head, json.loads(said)
    except ValueError:
        return int(head.split()[1]), head, said.decode()


@contextlib.asynccontextmanager
async def connections(service, n):
    found = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", service.address.port) for _ in range(n)))
    try:
        yield found
    finally:
        for _, writer in found:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for _, writer in found), return_exceptions=True)


async def at_once(service, requests, then=lambda: None):
    """The answers to requests that are sent together, a connection each; `then` is called when all are sent."""
    async with connections(service, len(requests)) as found:
        for (_, writer), request in zip(found, requests, strict=True):
            writer.write(request)
        await asyncio.gather(*(writer.drain() for _, writer in found))
        then()
        return await asyncio.gather(*(answer(reader) for reader, _ in found))


def asked(service, requests, **more):
    return asyncio.run(at_once(service, requests, **more))


def alone(service, row):
    return asked(service, [post(service.address, "/predict", row)])[0]


def near(said):
    return {**said, "probabilities": pytest.approx(said["probabilities"], abs=1e-14)}


def test_each_row_gets_its_own_answer_whoever_asks_beside_it(deployed, service):
    """But for the last bit, which vectorised arithmetic does not settle; wrong rows get their own refusal and spoil nothing."""
    rows = deployed[1]
    wrong = {
        3: {**rows[3], "wann": "no day"},
        17: {**rows[17], "a": "no number"},
        18: {**rows[18], "other": 1},
        40: {**rows[40], "wann": "never"},
    }
    sent = [wrong.get(at, row) for at, row in enumerate(rows)]
    expected = [alone(service, row)[2] for row in rows]
    assert len({one["probabilities"]["yes"] for one in expected}) > 50
    for _ in range(3):
        found = asked(service, [post(service.address, "/predict", row) for row in sent])
        for at, (status, head, said) in enumerate(found):
            if at in wrong:
                assert status == 422
            else:
                assert status == 200
                assert re.search(r"server-timing: read;dur=[\d.]+, wait;dur=[\d.]+, model;dur=[\d.]+\r", head)
                assert said == near(expected[at])
        assert [(found[at][2]["error"]["column"], found[at][2]["error"].get("value")) for at in wrong] == [
            ("wann", "no day"),
            ("a", "no number"),
            ("other", 1),
            ("wann", "never"),
        ]


def test_clients_that_leave_harm_nobody(deployed, service):
    rows = deployed[1]
    request = post(service.address, "/predict", rows[0])
    expected = alone(service, rows[0])[2]

    async def leaving():
        async with connections(service, 30) as found:
            for at, (_, writer) in enumerate(found):
                # A third leaves after its request, a third in the middle of it.
                writer.write(request[:-20] if at % 3 == 1 else request)
                if at % 3 < 2:
                    await writer.drain()
                    writer.transport.abort()
            return await asyncio.gather(*(answer(found[at][0]) for at in range(2, 30, 3)))

    assert [said for _, _, said in asyncio.run(leaving())] == [near(expected)] * 10
    assert alone(service, rows[0])[2] == expected
    log = service.log.read_text("utf-8")
    assert "Traceback" not in log
    assert '"status": 499' in log


def test_a_body_may_come_in_pieces_and_is_bounded_all_the_same(deployed, service):
    whole = post(service.address, "/predict", deployed[1][0])
    head, _, body = whole.partition(b"\r\n\r\n")
    head = re.sub(rb"Content-Length: \d+", b"Transfer-Encoding: chunked", head) + b"\r\n\r\n"

    def pieces(*parts):
        return head + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"

    large = pieces(*[b" " * 200_000] * 6)
    found = asked(service, [pieces(body[:40], body[40:]), large, whole])
    assert [status for status, _, _ in found] == [200, 413, 200]
    assert found[0][2] == near(found[2][2])
    assert found[1][2]["error"]["code"] == "size"


def test_behind_a_path_of_a_proxy_the_same_paths_are_open_and_counted(deployed):
    folder, rows = deployed
    environment = {"UVICORN_ROOT_PATH": "/models/one", "API_KEYS": "first"}
    with running_service(folder, Path(sys.executable), environment=environment) as found:
        request = post(found.address, "/predict", rows[0], "first")
        assert [status for status, _, _ in asked(found, [request, post(found.address, "/predict", rows[0])])] == [
            200,
            401,
        ]
        counted = asked(found, [get(found.address, "/metrics", "first")])[0][2]
    assert 'api_requests_total{path="/predict",status="200"} 1.0' in counted


def test_fastapi_describes_the_handlers_and_answers_by_them_without_the_guard(deployed, service, tmp_path):
    folder = made.altered(deployed[0], tmp_path / "without", "Dockerfile", "main:app", "main:api")
    row = deployed[1][0]
    wrong = {**row, "a": "no number"}
    with running_service(folder, Path(sys.executable)) as found:
        for path, body in (
            ("/predict", row),
            ("/predict", wrong),
            ("/predict/batch", {"rows": [row]}),
            ("/explain", row),
        ):
            request = post(found.address, path, body)
            answers = [asked(each, [request])[0] for each in (found, service)]
            assert answers[0][0] == answers[1][0] == (422 if body is wrong else 200)
            assert answers[0][2] == answers[1][2]  # one row each, so to the last bit
    assert asked(service, [get(service.address, "/predict")])[0][0] == 405


def test_a_row_the_model_fails_at_fails_alone_and_the_log_says_where_and_not_what(deployed, tmp_path):
    begin = "        found: list[list[str]] = [[]"
    failing = '        if "boom" in columns["class"]:\n            raise RuntimeError("a secret value")\n' + begin
    folder = made.altered(deployed[0], tmp_path / "failing", "api/prediction.py", begin, failing)
    rows = [{**row, "class": "boom"} if at == 4 else row for at, row in enumerate(deployed[1][:12])]
    with running_service(folder, Path(sys.executable)) as found:
        answers = asked(found, [post(found.address, "/predict", row) for row in rows])
        log = found.log.read_text("utf-8")
    assert [status for status, _, _ in answers] == [500 if at == 4 else 200 for at in range(12)]
    assert answers[4][2]["error"]["code"] == "failure"
    assert re.search(r'"error": "RuntimeError", "at": "prediction.py:\d+"', log)
    assert "secret" not in log


def test_single_rows_are_answered_while_a_large_batch_runs_out_of_time(deployed):
    folder, rows = deployed
    with running_service(folder, Path(sys.executable), environment={"TIMEOUT": "0.0001"}) as found:
        batch = post(found.address, "/predict/batch", {"rows": (rows * 17)[:1000]})
        explain = post(found.address, "/explain", rows[0])
        single = [post(found.address, "/predict", row) for row in rows[:10]]
        answers = asked(found, [batch, explain, *single])
        assert [status for status, _, _ in answers] == [503, 503, *[200] * 10]
        assert {said["error"]["code"] for _, _, said in answers[:2]} == {"time"}


def test_what_is_asked_before_the_end_is_answered(deployed):
    folder, rows = deployed
    with running_service(folder, Path(sys.executable)) as found:
        requests = [post(found.address, "/predict", row) for row in rows]
        answers = asked(found, requests, then=lambda: found.process.send_signal(signal.SIGTERM))
        assert [status for status, _, _ in answers] == [200] * len(rows)
        assert found.process.wait(20) in (0, -signal.SIGTERM)
        assert '"event": "stopped"' in found.log.read_text("utf-8")
