"""The doorman as a client meets it: real processes, a small server behind it, real installations of one tiny wheel."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time

import pytest

from doorman_rig import IDENTITY, TOOLS, Rig, text_of


@pytest.fixture
def rig(tmp_path) -> Rig:
    return Rig(tmp_path)


@pytest.fixture
def installing(rig) -> Rig:
    rig.with_uv()  # faster where it is there; pip has tests of its own
    return rig


def test_initialize_and_tools_are_answered_before_anything_is_installed(rig):
    with rig.start(PIP_FIND_LINKS="/nonexistent") as client:
        answer = client.initialize()
        assert answer["result"] == {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, **IDENTITY}
        assert client.request("tools/list")["result"] == TOOLS
        assert client.request("ping")["result"] == {}


def test_unknown_methods_are_not_found_so_newer_clients_fall_back(rig):
    with rig.start(**rig.ready()) as client:
        assert client.request("server/discover", identifier="probe-1")["error"]["code"] == -32601
        assert "result" in client.initialize()


@pytest.mark.parametrize(("asked", "offered"), [("2024-11-05", "2024-11-05"), ("2099-01-01", "2025-11-25")])
def test_a_known_protocol_version_is_echoed_and_an_unknown_one_is_countered(rig, asked, offered):
    with rig.start(**rig.ready()) as client:
        assert client.initialize(asked)["result"]["protocolVersion"] == offered


@pytest.mark.parametrize("way", ["uv", "pip"])
def test_an_early_call_waits_for_the_installation_and_hears_of_it(rig, way):
    if way == "uv" and not rig.with_uv():
        pytest.skip("uv is not on PATH")
    with rig.start() as client:
        client.initialize()
        about = json.loads(text_of(client.call("about", token="t")))
        assert about["heard"][:2] == ["initialize", "notifications/initialized"]
        assert str(rig.data / "environments") in about["prefix"]
        assert str(rig.server) in about["path"]
        assert "" not in about["path"]
        assert str(rig.project) not in about["path"]
        waits = [m["params"] for m in client.others if m.get("method") == "notifications/progress"]
        assert [w["progress"] for w in waits] == sorted(w["progress"] for w in waits)
        if way == "pip":  # takes long enough to be heard of
            assert waits
            assert waits[0]["progressToken"] == "t"
            assert waits[0]["message"].endswith(" s")
    assert list((rig.data / "environments").rglob("tinything*.pyc"))


def test_a_second_start_uses_the_installed_environment_and_needs_no_network(installing):
    with installing.start() as client:
        client.call("echo")
    shutil.rmtree(installing.wheels)
    with installing.start() as client:
        assert text_of(client.call("echo", word="again")) == '{"word": "again"}'
    assert installing.log().count(" venv ") == 1


def test_two_clients_at_once_share_one_installation(installing):
    with installing.start() as one, installing.start() as two:
        for client in (one, two):
            client.initialize()
            client.send(id="early", method="tools/call", params={"name": "about", "arguments": {}})
        prefixes = {json.loads(text_of(client.answer("early")["result"]))["prefix"] for client in (one, two)}
    assert len(prefixes) == 1
    assert installing.log().count(" venv ") == 1
    assert len(installing.environments()) == 1


def test_a_new_lock_file_gives_a_new_environment_and_removes_the_old_one_once_nobody_runs_on_it(installing):
    with installing.start() as old:
        old.call("echo")
        before = installing.environments()
        installing.lock("2.0")
        with installing.start() as new:
            new.call("echo")
            assert len(installing.environments()) == 2
        assert text_of(old.call("echo", still="here")) == '{"still": "here"}'
    with installing.start() as new:
        new.call("echo")
        _until(lambda: len(installing.environments()) == 1)
    assert installing.environments() != before
    assert not list((installing.data / "environments").glob(f"{before[0]}*"))


def test_a_half_built_environment_is_built_again(installing):
    with installing.start() as client:
        client.call("echo")
    folder = installing.data / "environments" / installing.environments()[0]
    (folder / "complete").unlink()
    (folder / "rubbish").touch()
    with installing.start() as client:
        assert text_of(client.call("echo", a=1)) == '{"a": 1}'
    assert not (folder / "rubbish").exists()
    assert (folder / "complete").exists()


def test_a_client_that_leaves_during_the_installation_ends_it(rig):
    with rig.start() as client:
        client.initialize()
        _until(lambda: " venv " in rig.log())
        began = time.monotonic()
        assert client.close() == 0
        assert time.monotonic() - began < 30
    assert not [name for name in rig.environments() if (rig.data / "environments" / name / "complete").exists()]


def test_a_refused_network_is_told_by_every_call_and_the_server_stays(rig):
    closed = {"PIP_INDEX_URL": "http://user:secret@127.0.0.1:9/simple", "PIP_NO_INDEX": "0", "PIP_FIND_LINKS": ""}
    with rig.start(**closed) as client:
        client.initialize()
        first = client.call("echo", token=1)
        assert first["isError"]
        assert "the package index cannot be reached" in text_of(first)
        assert "PIP_INDEX_URL" in text_of(first)
        installed = rig.log().count(" venv ")
        second = client.call("echo")
        assert text_of(second) == text_of(first)
        assert rig.log().count(" venv ") == installed
        assert client.request("ping")["result"] == {}
    assert "secret" not in rig.log()


def test_a_missing_interpreter_named_by_the_user_is_told(rig):
    with rig.start(SW_ML_PYTHON="/nonexistent/python") as client:
        answer = client.call("echo")
        assert answer["isError"]
        assert "SW_ML_PYTHON names /nonexistent/python" in text_of(answer)


def test_an_unwritable_data_folder_is_told(rig):
    rig.data.write_text("a file where the folder should be")
    with rig.start() as client:
        answer = client.call("echo")
        assert answer["isError"]
        assert str(rig.data) in text_of(answer)


def test_a_crash_answers_the_pending_call_and_the_next_call_starts_the_server_anew(rig):
    with rig.start(**rig.ready()) as client:
        client.initialize()
        first = json.loads(text_of(client.call("about")))["pid"]
        for tool, how in (("die", "exit code 3"), ("kill", "SIGKILL")):
            answer = client.call(tool)
            assert answer["isError"]
            assert how in text_of(answer)
        again = json.loads(text_of(client.call("about")))
        assert again["pid"] != first
        assert again["heard"][:2] == ["initialize", "notifications/initialized"]


def test_a_server_that_cannot_start_is_told_with_its_log(rig):
    with rig.start(**rig.ready(), RIG_DIE_AT_START="1") as client:
        client.initialize()
        answer = client.call("echo")
        assert answer["isError"]
        assert "exit code 1" in text_of(answer)
        assert "server.log" in text_of(answer)
    assert "cannot start" in (rig.data / "logs" / "server.log").read_text("utf-8")


def test_garbage_on_stdin_is_answered_and_survived(rig):
    with rig.start(**rig.ready()) as client:
        client.initialize()
        codes = []
        for garbage in (b"{", b"\xff\xfe", b"[" * 100_000, b"[]", b"42", b'"x"', b"null"):
            client.send_line(garbage)
            codes.append(client.receive()["error"]["code"])
        assert codes == [-32700, -32700, -32700, -32600, -32600, -32600, -32600]
        for silent in (b"", b"   ", b"{}", b'{"jsonrpc":"2.0","id":99,"result":{}}', b'{"method":"notifications/x"}'):
            client.send_line(silent)
        assert text_of(client.call("echo", fine=True)) == '{"fine": true}'


def test_big_messages_pass_both_ways(rig):
    with rig.start(**rig.ready()) as client:
        client.initialize()
        word = "ü" * 3_000_000
        assert json.loads(text_of(client.call("echo", word=word)))["word"] == word
        assert len(text_of(client.call("big", size=5_000_000))) == 5_000_000


@pytest.mark.parametrize("identifier", ["a string", 0, -7, 2**40, "1", "", "ü 🙂"])
def test_an_id_comes_back_as_it_was(rig, identifier):
    with rig.start(**rig.ready()) as client:
        params = {"name": "echo", "arguments": {}}
        assert client.request("tools/call", params, identifier=identifier)["id"] == identifier


def test_progress_questions_and_other_methods_are_relayed(rig):
    with rig.start(**rig.ready()) as client:
        client.initialize()
        assert text_of(client.call("progress", token="p")) == "done"
        assert client.others[-1]["params"] == {"progressToken": "p", "progress": 1}
        client.send(id="asking", method="tools/call", params={"name": "ask"})
        question = client.receive()
        assert (question["id"], question["method"]) == ("q1", "roots/list")
        client.send(id="q1", result={"roots": []})
        assert json.loads(text_of(client.answer("asking")["result"]))["result"] == {"roots": []}
        assert client.request("resources/list")["result"] == {"resources": []}


def test_cancelling_reaches_the_server_and_an_early_call_is_forgotten(rig):
    with rig.start(**rig.ready()) as client:
        client.initialize()
        # Early: the server is still starting, and must never see it.
        client.send(id="early", method="tools/call", params={"name": "hang"})
        client.send(method="notifications/cancelled", params={"requestId": "early"})
        client.call("echo")
        client.send(id=50, method="tools/call", params={"name": "hang"})
        client.send(method="notifications/cancelled", params={"requestId": 50})
        heard = json.loads(text_of(client.call("about")))["heard"]
        assert heard.count("tools/call") == 3
        assert "cancelled 50" in heard
        assert not [m for m in client.others if m.get("id") in ("early", 50)]


def test_stray_output_of_the_server_does_not_reach_the_client(rig):
    with rig.start(**rig.ready()) as client:
        client.initialize()
        assert text_of(client.call("noise")) == "after noise"
        assert client.others == []


def test_the_end_of_input_ends_the_server_too(rig):
    with rig.start(**rig.ready()) as client:
        client.initialize()
        child = json.loads(text_of(client.call("about")))["pid"]
        assert client.close() == 0
        _until(lambda: not _runs(child))


def test_a_terminated_doorman_takes_its_server_along(rig):
    with rig.start(**rig.ready()) as client:
        child = json.loads(text_of(client.call("about")))["pid"]
        client.process.send_signal(signal.SIGTERM)
        assert client.process.wait(10) == 0
        _until(lambda: not _runs(child))


def test_the_environment_is_not_written_anywhere(rig):
    with rig.start(**rig.ready(), MY_TOKEN="hush-hush-4711") as client:
        client.initialize()
        client.call("echo")
        client.call("die")
    assert b"hush" not in b"".join(client.errors)
    for path in rig.data.rglob("*"):
        assert not path.is_file() or b"hush" not in path.read_bytes()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _until(condition, seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except OSError:
            pass
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.05)
