"""Rows as the HTTP requests that carry them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from specweave.deployment.load.address import Address
from specweave.errors import DeploymentError

PREDICT = "/predict"


def post(
    address: Address, path: str, body: Mapping[str, Any], key: str | None = None, *, unit: str | None = None
) -> bytes:
    """A POST of `body` as JSON; `key` goes into the header X-API-Key, `unit` into X-Unit-ID, by which two models are routed."""
    content = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    head = [
        f"POST {address.base}{path} HTTP/1.1",
        f"Host: {address.authority}",
        "Content-Type: application/json",
        "Accept: application/json",
        f"Content-Length: {len(content)}",
        *([] if unit is None else [f"X-Unit-ID: {unit}"]),
    ]
    return _head(head, key) + content


def get(address: Address, path: str, key: str | None = None) -> bytes:
    """A GET."""
    return _head([f"GET {address.base}{path} HTTP/1.1", f"Host: {address.authority}"], key)


def requests_for(
    address: Address, rows: Sequence[Mapping[str, Any]], *, path: str = PREDICT, key: str | None = None
) -> list[bytes]:
    """One POST a row. Raises DeploymentError without rows, or for a value JSON has no word for."""
    if not rows:
        raise DeploymentError(
            "There is no row to send",
            next_step="give rows=[{…}], or increment= to take rows of that increment",
        )
    try:
        return [post(address, path, row, key) for row in rows]
    except (TypeError, ValueError) as error:
        raise DeploymentError(
            f"A row cannot be written as JSON: {error}",
            allowed="text, finite numbers, true, false and null; dates as ISO text",
        ) from error


def _head(lines: list[str], key: str | None) -> bytes:
    if key is not None:
        if not key.isprintable():
            raise DeploymentError("The API key holds characters no header may", allowed="printable characters")
        lines = [*lines, f"X-API-Key: {key}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
