"""A small HTTP service in a thread, which can be told to be slow, to fail, to stall or to hang up."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Service:
    """How the service answers; requests are counted and their bodies kept."""

    seconds: float = 0.0
    """Work of one prediction; the service does one at a time."""
    status: int = 200
    headers: tuple[str, ...] = ()
    chunked: bool = False
    fail_every: int = 0
    hang_up_every: int = 0
    silent_from: int = 0
    stall_at: int = 0
    stall_seconds: float = 0.0
    get: dict[str, object] = field(default_factory=lambda: {"/health": {"status": "ok"}})
    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader, writer):
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ")[1].decode()
                length = [int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
                body = await reader.readexactly(length[0]) if length else b""
                if not self.answer(writer, head, path, body):
                    break
        writer.close()

    def answer(self, writer, head, path, body) -> bool:
        if head.startswith(b"GET"):
            known = path in self.get
            self.write(writer, 200 if known else 404, json.dumps(self.get.get(path, {"detail": "unknown"})).encode())
            return True
        self.heads.append(head)
        self.bodies.append(body)
        n = len(self.bodies)
        if self.hang_up_every and n % self.hang_up_every == 0:
            return False
        if self.silent_from and n >= self.silent_from:
            return True
        if self.stall_at and n == self.stall_at:
            time.sleep(self.stall_seconds)
        if self.seconds:
            time.sleep(self.seconds)
        failing = self.fail_every and n % self.fail_every == 0
        self.write(writer, 503 if failing else self.status, b'{"prediction": 1}')
        return True

    def write(self, writer, status, body):
        lines = [f"HTTP/1.1 {status} Some words", "Content-Type: application/json", *self.headers]
        if self.chunked:
            head = "\r\n".join([*lines, "Transfer-Encoding: chunked"])
            content = b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
        else:
            head, content = "\r\n".join([*lines, f"Content-Length: {len(body)}"]), body
        writer.write(head.encode() + b"\r\n\r\n" + content)


@contextlib.contextmanager
def running(service: Service):
    """The service on a free port of this machine for the duration of the block."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    def run():
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(asyncio.start_server(service.serve, "127.0.0.1", 0))
        service.port = server.sockets[0].getsockname()[1]
        ready.set()
        loop.run_forever()
        server.close()
        loop.run_until_complete(asyncio.sleep(0.02))  # sockets taken a moment ago get their transports
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, asyncio.sleep(0.01), return_exceptions=True))
        for transport in list(loop._transports.values()):  # also those no task has taken yet
            transport.abort()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(5)
    try:
        yield service
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
