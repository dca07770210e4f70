"""The doorman's process: reads the client, lets the door decide, ends with its input."""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any, Callable

from doorman.door import Door
from doorman.places import SERVER, Log, data_folder
from doorman.preparation import Preparation
from doorman.wire import Output

if TYPE_CHECKING:
    from doorman.child import Child

TICK = 0.5  # seconds
Event = Callable[[], None]


def main() -> int:
    """Serve until stdin ends; always 0, as a client reads anything else as a broken server."""
    protocol = _keep_stdout_for_the_protocol()
    events: queue.Queue[Event | None] = queue.Queue()
    variables = dict(os.environ)
    data = data_folder(variables)
    log = Log(data / "logs" / "doorman.log")
    server_log = Log(data / "logs" / "server.log").path

    def child() -> Child:
        from doorman.child import Child  # late, as the first answer does not need it

        return Child(
            python=preparation.python,  # type: ignore[arg-type] # started only when there is one
            server=SERVER,
            variables=variables,
            error_log=server_log,
            on_line=lambda of, line: events.put(lambda: door.from_child(of, line)),
            on_exit=lambda of, code: events.put(lambda: door.child_ended(of, code)),
        )

    preparation = Preparation(
        data, SERVER / "requirements.lock", variables, log, lambda: events.put(door.preparation_finished)
    )
    door = Door(
        tools=_generated("tools.json"),
        identity=_generated("identity.json"),
        output=Output(protocol),
        preparation=preparation,
        start_child=child,
        log=log.write,
        log_path=server_log or "none, the data folder is not writable",
    )
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, lambda *_: events.put(None))
    threading.Thread(target=_read_client, args=(door, events), name="client-reader", daemon=True).start()
    _serve(door, events, preparation.start)
    preparation.stop()
    door.stop()
    # Threads may still sit in a read; nothing they hold needs an orderly end.
    os._exit(0)


def _serve(door: Door, events: queue.Queue[Event | None], prepare: Event) -> None:
    prepared = False
    while True:
        try:
            event = events.get(timeout=TICK)
        except queue.Empty:
            event = door.tick
        if event is None:
            return
        event()
        # The client gets its first answer before anything else is started: starting takes all the processor has.
        if not prepared and (door.has_met_the_client or event == door.tick):
            prepared = True
            prepare()
        if events.empty():
            door.tick()


def _read_client(door: Door, events: queue.Queue[Event | None]) -> None:
    for line in sys.stdin.buffer:
        events.put(lambda line=line: door.from_client(line))  # type: ignore[misc]
    events.put(None)


def _keep_stdout_for_the_protocol() -> Any:
    """A private copy of fd 1; whatever else prints, in this process or a child, goes to stderr."""
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "wb")


def _generated(name: str) -> Any:
    return json.loads((SERVER / name).read_text("utf-8"))
