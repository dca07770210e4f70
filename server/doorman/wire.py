"""JSON-RPC messages, one a line, and the only way onto stdout."""

from __future__ import annotations

import json
import threading
from typing import Any, BinaryIO

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INTERNAL_ERROR = -32603

# Newest last. A client that asks for another one is offered the newest, as the protocol says.
PROTOCOL_VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")

Message = dict[str, Any]  # a decoded JSON object


class NotAMessage(ValueError):  # noqa: N818 - named for what the line is
    """The line is no JSON object; `code` is the JSON-RPC error it deserves."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        super().__init__(text)


def parse(line: bytes) -> Message:
    """The message on a line; raises NotAMessage."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NotAMessage(PARSE_ERROR, "Parse error: the line is not JSON") from error
    if not isinstance(message, dict):
        raise NotAMessage(INVALID_REQUEST, "Invalid request: one JSON object a line is expected")
    return message


def key(identifier: Any) -> str:
    """Tells 1 from "1"; any JSON value is a usable id."""
    return json.dumps(identifier, sort_keys=True)


def result(identifier: Any, value: Any) -> Message:
    return {"jsonrpc": "2.0", "id": identifier, "result": value}


def error(identifier: Any, code: int, text: str) -> Message:
    return {"jsonrpc": "2.0", "id": identifier, "error": {"code": code, "message": text}}


def tool_error(identifier: Any, text: str) -> Message:
    """A tools/call result the model reads as a failure it can act on."""
    return result(identifier, {"content": [{"type": "text", "text": text}], "isError": True})


def progress(token: Any, value: float, text: str) -> Message:
    params = {"progressToken": token, "progress": value, "message": text[:200]}
    return {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}


def progress_token(message: Message) -> Any:
    """The token under which a request wants progress, or None."""
    params = message.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    return meta.get("progressToken") if isinstance(meta, dict) else None


def encode(message: Message) -> bytes:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace") + b"\n"


class Output:
    """Whole lines to the client, from one place."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        self.send_line(encode(message))

    def send_line(self, line: bytes) -> None:
        if not line.endswith(b"\n"):
            line += b"\n"
        with self._lock:
            try:
                self._stream.write(line)
                self._stream.flush()
            except (BrokenPipeError, ValueError):
                # The client is gone; the end of its input ends this process in a moment.
                pass
