"""What surrounds each request: limits, keys, counters and the log. The log never holds what was asked or answered."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import prometheus_client as prometheus
from prometheus_client import Counter, Histogram, multiprocess

from settings import Settings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

OPEN = frozenset({"/health", "/ready"})
COUNTED = frozenset({"/predict", "/predict/batch", "/explain", "/health", "/ready", "/metrics", "/version"})
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
REQUESTS = Counter("api_requests_total", "Requests by route and status.", ["path", "status"])
TIMES = Histogram("api_request_seconds", "Time to answer, by route.", ["path"], buckets=SECONDS)
log = logging.getLogger("api")


class TooLarge(Exception):
    """The body has more bytes than are taken."""


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with the facts given as `extra`."""
        facts = {"time": self.formatTime(record), "level": record.levelname, "event": record.getMessage()}
        facts |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[0]:
            # The kind alone: a message may hold a value of the request.
            facts["error"] = record.exc_info[0].__name__
        return json.dumps(facts, ensure_ascii=False)


def start_log(level: str) -> None:
    """Log to stderr in JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    log.handlers = [handler]
    log.setLevel(level)
    log.propagate = False


def refusal(code: str, message: str, **facts: Any) -> dict[str, Any]:
    """The body of an answer that is no prediction."""
    return {"error": {"code": code, "message": message, **facts}}


def metrics() -> bytes:
    """Counters of this process, or of all workers where PROMETHEUS_MULTIPROC_DIR names a folder they share."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return prometheus.generate_latest()
    registry = prometheus.CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return prometheus.generate_latest(registry)


class Guard:
    """Checks key and size before the app sees a request, and counts what it answered."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], settings: Settings) -> None:
        self._app = app
        self._keys = settings.key_hashes
        self._max_bytes = settings.max_bytes
        self._times = {path: TIMES.labels(path) for path in COUNTED}
        self._good = {path: REQUESTS.labels(path, "200") for path in COUNTED}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the start and end of the service."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        path: str = scope["path"]
        status = 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        refused = self._refused(scope, path)
        try:
            if refused is None:
                await self._app(scope, self._limited(receive), noting)
            else:
                await _answer(noting, *refused)
        except TooLarge:
            await _answer(noting, 413, self._too_large())
        finally:
            self._count(path, status, time.perf_counter() - started)

    def _refused(self, scope: Scope, path: str) -> tuple[int, dict[str, Any]] | None:
        length = key = b""
        for name, value in scope["headers"]:
            if name == b"content-length":
                length = value
            elif name == b"x-api-key":
                key = value
        if self._keys and path not in OPEN and hashlib.sha256(key).hexdigest() not in self._keys:
            return 401, refusal("key", "give a valid key in the header X-API-Key")
        if length and int(length) > self._max_bytes:
            return 413, self._too_large()
        return None

    def _too_large(self) -> dict[str, Any]:
        return refusal("size", f"the body is larger than {self._max_bytes} bytes")

    def _limited(self, receive: Receive) -> Receive:
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._max_bytes:
                raise TooLarge
            return message

        return limited

    def _count(self, path: str, status: int, seconds: float) -> None:
        if path not in COUNTED:
            path = "other"
        if status == 200 and path in self._good:
            self._good[path].inc()
        else:
            REQUESTS.labels(path, str(status)).inc()
        (self._times.get(path) or TIMES.labels(path)).observe(seconds)
        if status >= 400:
            log.warning("refused" if status < 500 else "failed", extra={"facts": {"path": path, "status": status}})
        elif log.isEnabledFor(logging.DEBUG):
            log.debug("answered", extra={"facts": {"path": path, "status": status, "ms": round(1000 * seconds, 3)}})


async def _answer(send: Send, status: int, body: dict[str, Any]) -> None:
    content = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    if status == 401:
        headers.append((b"www-authenticate", b"ApiKey"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
