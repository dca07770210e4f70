"""Which message is answered here, which waits, and which is relayed.

All methods run in one thread, fed from one queue, so there is no lock here.
"""

from __future__ import annotations

import time
from typing import Any, Callable, NamedTuple, Protocol

from doorman import wire
from doorman.exits import describe_exit
from doorman.failures import Failure

HANDSHAKE = "doorman-initialize"
PROGRESS_EVERY = 2.0  # seconds
# Clients give a call a minute unless they hear of progress, and these callers asked for none.
LONGEST_SILENT_WAIT = 45.0


class Process(Protocol):
    """The part of a child the door uses."""

    def send(self, line: bytes) -> None: ...
    def stop(self) -> None: ...


class Readiness(Protocol):
    """The part of a preparation the door uses."""

    step: str
    python: Any
    failure: Failure | None

    def start(self) -> None: ...
    def may_retry(self) -> bool: ...


class Pending(NamedTuple):
    """A request nobody has answered yet."""

    identifier: Any
    method: str
    token: Any
    line: bytes
    since: float


class Door:
    """The protocol's state between one client and, in time, one server."""

    def __init__(
        self,
        *,
        tools: dict[str, Any],
        identity: dict[str, Any],
        output: wire.Output,
        preparation: Readiness,
        start_child: Callable[[], Process],
        log: Callable[[str], None],
        log_path: object,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tools = tools
        self._identity = identity
        self._output = output
        self._preparation = preparation
        self._start_child = start_child
        self._log = log
        self._log_path = log_path
        self._clock = clock
        self._client: dict[str, Any] | None = None
        self._child: Process | None = None
        self._greeted = False
        self._ready = False
        self._early: dict[str, Pending] = {}
        self._forwarded: dict[str, Pending] = {}
        self._asked_by_child: set[str] = set()
        self._told: dict[str, float] = {}
        self._cancelled: set[str] = set()

    @property
    def has_met_the_client(self) -> bool:
        return self._client is not None

    # ---- from the client

    def from_client(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            message = wire.parse(line)
        except wire.NotAMessage as problem:
            self._output.send(wire.error(None, problem.code, str(problem)))
            return
        if "method" not in message:
            self._answer_for_child(message, line)
        elif "id" in message:
            self._request(message, line)
        else:
            self._notification(message, line)

    def _request(self, message: wire.Message, line: bytes) -> None:
        identifier, method = message["id"], message["method"]
        if method == "initialize":
            self._initialize(identifier, message.get("params"))
        elif method == "ping":
            self._output.send(wire.result(identifier, {}))
        elif method == "tools/list":
            self._output.send(wire.result(identifier, self._tools))
        elif method == "tools/call":
            self._call(Pending(identifier, method, wire.progress_token(message), line, self._clock()))
        elif self._ready and method != "server/discover":
            self._forward(Pending(identifier, str(method), None, line, self._clock()))
        else:
            self._output.send(wire.error(identifier, wire.METHOD_NOT_FOUND, "Method not found"))

    def _initialize(self, identifier: Any, params: Any) -> None:
        self._client = params if isinstance(params, dict) else {}
        asked = self._client.get("protocolVersion")
        version = asked if asked in wire.PROTOCOL_VERSIONS else wire.PROTOCOL_VERSIONS[-1]
        self._client = {**self._client, "protocolVersion": version}
        answer: wire.Message = {
            "protocolVersion": version,
            "capabilities": {"tools": {}},
            **self._identity,
        }
        self._output.send(wire.result(identifier, answer))
        self._greet_child()

    def _call(self, call: Pending) -> None:
        if self._ready:
            self._forward(call)
            return
        failure = self._preparation.failure
        if failure is not None and not self._preparation.may_retry():
            self._refuse(call, failure)
            return
        self._early[wire.key(call.identifier)] = call
        if failure is not None:
            self._preparation.start()
        elif self._preparation.python is not None and self._child is None:
            self._run_child()
        self._greet_child()

    def _notification(self, message: wire.Message, line: bytes) -> None:
        if message["method"] == "notifications/cancelled":
            params = message.get("params")
            cancelled = wire.key(params.get("requestId") if isinstance(params, dict) else None)
            self._early.pop(cancelled, None)
            if cancelled in self._forwarded:
                self._cancelled.add(cancelled)
        # The child heard `initialized` from the doorman already.
        if self._ready and self._child is not None and message["method"] != "notifications/initialized":
            self._child.send(line)

    def _answer_for_child(self, message: wire.Message, line: bytes) -> None:
        asked = wire.key(message.get("id"))
        if asked in self._asked_by_child and self._child is not None:
            self._asked_by_child.discard(asked)
            self._child.send(line)

    # ---- from the preparation

    def preparation_finished(self) -> None:
        failure = self._preparation.failure
        if failure is not None:
            for call in self._take_early():
                self._refuse(call, failure)
        elif self._preparation.python is not None and self._child is None:
            self._run_child()

    # ---- from the child

    def from_child(self, child: Process, line: bytes) -> None:
        if child is not self._child:
            return
        try:
            message = wire.parse(line)
        except wire.NotAMessage:
            self._log("the server printed something that is not the protocol")
            return
        if "method" in message:
            if "id" in message:
                self._asked_by_child.add(wire.key(message["id"]))
            self._output.send_line(line)
        elif message.get("id") == HANDSHAKE:
            self._child_answered(message)
        elif self._forwarded.pop(wire.key(message.get("id")), None) is not None:
            self._cancelled.discard(wire.key(message.get("id")))
            self._output.send_line(line)

    def child_ended(self, child: Process, code: int) -> None:
        if child is not self._child:
            return
        how = describe_exit(code)
        self._log(f"the server ended: {how}")
        lost = [call for name, call in self._forwarded.items() if name not in self._cancelled]
        self._forget_child()
        text = (
            f"The ML server stopped while this call was running: {how}. Finished experiments and jobs are kept. "
            f"Next: call the tool again, which starts the server anew. Log: {self._log_path}"
        )
        for call in [*lost, *self._take_early()]:
            self._fail(call, text)

    # ---- from the clock

    def tick(self) -> None:
        """Tell those who wait how far it is."""
        now = self._clock()
        for name, call in list(self._early.items()):
            waited = now - call.since
            if call.token is not None:
                if now - self._told.get(name, call.since) >= PROGRESS_EVERY:
                    self._told[name] = now
                    # Thousandths: the server's own progress of the same call has to come after.
                    self._output.send(
                        wire.progress(call.token, round(waited / 1000, 4), f"{self._doing()}, {waited:.0f} s")
                    )
            elif waited > LONGEST_SILENT_WAIT:
                del self._early[name]
                self._fail(
                    call, f"Not ready yet: {self._doing()} (a first start can take a few minutes). Next: call again."
                )

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop()

    # ---- the child's life

    def _run_child(self) -> None:
        try:
            self._child = self._start_child()
        except OSError as error:
            for call in self._take_early():
                self._fail(call, f"The ML server does not start: {error}. Log: {self._log_path}")
            return
        self._greet_child()

    def _greet_child(self) -> None:
        """Replay `initialize` once there is a child and something to say to it."""
        if self._child is None or self._greeted or (self._client is None and not self._early):
            return
        self._greeted = True
        params = self._client or {
            "protocolVersion": wire.PROTOCOL_VERSIONS[-1],
            "capabilities": {},
            "clientInfo": {"name": "doorman", "version": "1"},
        }
        self._child.send(wire.encode({"jsonrpc": "2.0", "id": HANDSHAKE, "method": "initialize", "params": params}))

    def _child_answered(self, message: wire.Message) -> None:
        assert self._child is not None
        if "error" in message:
            for call in self._take_early():
                self._fail(call, f"The ML server refuses to start: {message['error']}. Log: {self._log_path}")
            return
        self._child.send(wire.encode({"jsonrpc": "2.0", "method": "notifications/initialized"}))
        self._ready = True
        for call in self._take_early():
            self._forward(call)

    def _forget_child(self) -> None:
        self._child = None
        self._greeted = False
        self._ready = False
        self._forwarded.clear()
        self._cancelled.clear()
        self._asked_by_child.clear()

    # ---- answers

    def _forward(self, call: Pending) -> None:
        assert self._child is not None
        self._forwarded[wire.key(call.identifier)] = call
        self._child.send(call.line)

    def _take_early(self) -> list[Pending]:
        calls = list(self._early.values())
        self._early.clear()
        self._told.clear()
        return calls

    def _doing(self) -> str:
        return self._preparation.step if self._preparation.python is None else "starting the server"

    def _refuse(self, call: Pending, failure: Failure) -> None:
        self._fail(
            call,
            f"The Python environment of the ML tools could not be installed: {failure.reason}. {failure.cure}, "
            f"then call the tool again (it retries after 20 s). Log: {self._log_path}",
        )

    def _fail(self, call: Pending, text: str) -> None:
        if call.method == "tools/call":
            self._output.send(wire.tool_error(call.identifier, text))
        else:
            self._output.send(wire.error(call.identifier, wire.INTERNAL_ERROR, text))
