from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from doorman import wire
from doorman.door import HANDSHAKE, LONGEST_SILENT_WAIT, Door
from doorman.failures import Failure


class FakePreparation:
    def __init__(self):
        self.step = "downloading pandas"
        self.python = None
        self.failure = None
        self.retry = False
        self.starts = 0

    def start(self):
        self.starts += 1
        self.failure = None

    def may_retry(self):
        return self.retry


class FakeChild:
    def __init__(self):
        self.heard = []
        self.stopped = False

    def send(self, line):
        self.heard.append(json.loads(line))

    def stop(self):
        self.stopped = True


class World:
    """A door with both sides in reach and a clock to turn."""

    def __init__(self):
        self.out = io.BytesIO()
        self.now = 100.0
        self.preparation = FakePreparation()
        self.children = []
        self.logged = []
        self.door = Door(
            tools={"tools": []},
            identity={"serverInfo": {"name": "x", "version": "1"}},
            output=wire.Output(self.out),
            preparation=self.preparation,
            start_child=self._start,
            log=self.logged.append,
            log_path="/log",
            clock=lambda: self.now,
        )

    def _start(self):
        self.children.append(FakeChild())
        return self.children[-1]

    @property
    def child(self):
        return self.children[-1]

    def client(self, **message):
        self.door.from_client(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def server(self, **message):
        self.door.from_child(self.child, json.dumps({"jsonrpc": "2.0", **message}).encode())

    def said(self):
        lines = [json.loads(line) for line in self.out.getvalue().splitlines()]
        self.out.seek(0)
        self.out.truncate()
        return lines

    def environment_is_ready(self):
        self.preparation.python = Path("/python")
        self.door.preparation_finished()

    def up(self):
        self.client(id=0, method="initialize", params={"protocolVersion": "2025-06-18", "capabilities": {"roots": {}}})
        self.environment_is_ready()
        self.server(id=HANDSHAKE, result={})
        self.said()
        return self


@pytest.fixture
def world() -> World:
    return World()


def _call(identifier, token=None):
    meta = {"_meta": {"progressToken": token}} if token is not None else {}
    return {"id": identifier, "method": "tools/call", "params": {"name": "t", **meta}}


def test_the_clients_initialize_is_replayed_to_the_server_and_its_answer_kept_back(world):
    world.client(id=0, method="initialize", params={"protocolVersion": "2025-06-18", "capabilities": {"roots": {}}})
    assert world.said()[0]["result"]["protocolVersion"] == "2025-06-18"
    world.environment_is_ready()
    assert world.child.heard[0]["params"] == {"protocolVersion": "2025-06-18", "capabilities": {"roots": {}}}
    world.server(id=HANDSHAKE, result={})
    assert world.child.heard[1]["method"] == "notifications/initialized"
    world.client(method="notifications/initialized")
    assert len(world.child.heard) == 2
    assert world.said() == []


def test_the_server_is_not_greeted_before_the_client_has_spoken(world):
    world.environment_is_ready()
    assert world.child.heard == []
    world.client(**_call(1))  # a client without manners
    assert [message["method"] for message in world.child.heard] == ["initialize"]


def test_early_calls_are_passed_on_in_order_once_the_server_is_up(world):
    for identifier in ("a", "b"):
        world.client(**_call(identifier))
    world.environment_is_ready()
    world.server(id=HANDSHAKE, result={})
    assert [message.get("id") for message in world.child.heard] == [HANDSHAKE, None, "a", "b"]


def test_those_who_wait_hear_how_far_it_is_and_never_backwards(world):
    world.client(**_call("a", token="t"))
    for _ in range(8):
        world.now += 0.7
        world.door.tick()
    heard = [message["params"] for message in world.said()]
    assert len(heard) == 2
    assert heard[0]["message"] == "downloading pandas, 2 s"
    assert heard[0]["progress"] < heard[1]["progress"] < 1


def test_a_silent_caller_is_answered_before_it_gives_up(world):
    world.client(**_call("a"))
    world.now += LONGEST_SILENT_WAIT + 1
    world.door.tick()
    (answer,) = world.said()
    assert answer["result"]["isError"]
    assert "call again" in answer["result"]["content"][0]["text"]


def test_a_failed_installation_is_told_and_tried_again_after_a_while(world):
    world.client(**_call(1))
    world.preparation.failure = Failure("no network", "Plug it in")
    world.door.preparation_finished()
    world.client(**_call(2))
    answers = world.said()
    assert [answer["id"] for answer in answers] == [1, 2]
    assert all("no network. Plug it in" in answer["result"]["content"][0]["text"] for answer in answers)
    assert world.preparation.starts == 0
    world.preparation.retry = True
    world.client(**_call(3))
    assert world.preparation.starts == 1
    assert world.said() == []


def test_a_dead_server_answers_all_that_was_pending_and_comes_back_at_the_next_call(world):
    world.up()
    world.client(**_call(1))
    world.client(id=2, method="resources/list")
    world.client(**_call(3))
    world.client(method="notifications/cancelled", params={"requestId": 3})
    world.door.child_ended(world.child, -9)
    tool, other = world.said()
    assert tool["result"]["isError"]
    assert "SIGKILL" in tool["result"]["content"][0]["text"]
    assert other["error"]["code"] == wire.INTERNAL_ERROR
    world.client(**_call(4))
    assert len(world.children) == 2
    assert world.child.heard[0]["method"] == "initialize"
    world.server(id=HANDSHAKE, result={})
    assert world.child.heard[-1]["id"] == 4


def test_what_a_dead_server_still_says_is_ignored(world):
    world.up()
    dead = world.child
    world.door.child_ended(dead, 1)
    world.client(**_call(1))
    world.door.from_child(dead, b'{"jsonrpc":"2.0","id":1,"result":{}}')
    world.door.child_ended(dead, 1)
    assert world.said() == []


def test_a_server_that_refuses_the_handshake_is_told(world):
    world.client(**_call(1))
    world.environment_is_ready()
    world.server(id=HANDSHAKE, error={"code": -1, "message": "not today"})
    assert "not today" in world.said()[0]["result"]["content"][0]["text"]


def test_a_server_that_does_not_start_is_told(world):
    def fail():
        raise PermissionError(13, "Permission denied")

    world.door._start_child = fail
    world.client(**_call(1))
    world.environment_is_ready()
    assert "Permission denied" in world.said()[0]["result"]["content"][0]["text"]


def test_only_answers_to_what_was_asked_are_relayed(world):
    world.up()
    world.client(**_call(1))
    world.server(id=99, result={})
    world.server(id=1, result={"content": []})
    world.server(id=1, result={"content": []})
    assert [message["id"] for message in world.said()] == [1]
    world.client(id="unasked", result={})
    world.server(id="q", method="roots/list")
    world.client(id="q", result={"roots": []})
    assert [message.get("id") for message in world.child.heard[-2:]] == [1, "q"]


def test_unknown_methods_go_to_the_server_only_once_it_is_up(world):
    world.client(id=1, method="resources/list")
    assert world.said()[0]["error"]["code"] == wire.METHOD_NOT_FOUND
    world.up()
    world.client(id=2, method="resources/list")
    world.client(id=3, method="server/discover")
    assert world.child.heard[-1]["id"] == 2
    assert world.said()[0]["error"]["code"] == wire.METHOD_NOT_FOUND


def test_noise_of_the_server_is_logged_and_dropped(world):
    world.up()
    world.door.from_child(world.child, b"Loading model...\n")
    assert world.said() == []
    assert world.logged


def test_stopping_stops_the_server(world):
    world.door.stop()
    world.up().door.stop()
    assert world.child.stopped
