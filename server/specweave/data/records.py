"""Parquet and JSON into Arrow tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from specweave.data.encoding import decode
from specweave.data.frames import from_values
from specweave.data.reading import Reading
from specweave.errors import DataReadError, shorten


def read_parquet(path: Path) -> pa.Table:
    """The file's columns as stored."""
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        raise DataReadError(
            f"The parquet file does not load: {shorten(error)}",
            value=str(path),
            next_step="write or copy the file again",
        ) from error


def looks_like_json(head: bytes) -> bool:
    """True when the text starts as a JSON array or object."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200]
    if start.startswith(b"{"):
        return start.lstrip(b"{ \t\r\n").startswith((b'"', b"}"))
    return start.startswith(b"[") and start.lstrip(b"[ \t\r\n").startswith((b"{", b"]"))


def read_json(content: bytes, path: Path, reading: Reading, encoding: str | None = None) -> pa.Table:
    """A JSON array of objects, or one object a line, as a table; objects within objects become name.inner columns."""
    decoded = decode(content, path, encoding)
    reading.encoding = decoded.encoding
    text = decoded.content.decode("utf-8")
    array = text.lstrip().startswith("[")
    reading.format = "json" if array else "json lines"
    rows = _array_rows(text, path) if array else _line_rows(text, path)
    if not rows:
        raise DataReadError("The file holds no rows", value=str(path))
    flat = [_flattened(r) for r in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    if not names:
        raise DataReadError("The objects of the file have no fields", value=str(path))
    return from_values({name: [row.get(name) for row in flat] for name in names})


def _array_rows(text: str, path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise DataReadError(f"The file is not valid JSON: {error}", value=str(path)) from error
    wrong = next((i for i, row in enumerate(found) if not isinstance(row, dict)), None)
    if wrong is not None:
        raise DataReadError(f"Element {wrong} of the array is not an object", value=shorten(found[wrong], 60))
    return list(found)


def _line_rows(text: str, path: Path) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            return _one_document(text, path, number, line, error)
        if not isinstance(row, dict):
            raise DataReadError(f"Line {number} is not a JSON object", value=shorten(line, 60))
        rows.append(row)
    return rows


def _one_document(text: str, path: Path, number: int, line: str, error: ValueError) -> list[dict[str, Any]]:
    """A single object over several lines that holds its rows in one of its fields."""
    try:
        document = json.loads(text)
    except ValueError:
        raise DataReadError(
            f"Line {number} is not valid JSON ({error}): {shorten(line, 60)}",
            value=str(path),
            next_step="correct the line",
        ) from error
    lists = [k for k, v in document.items() if isinstance(v, list) and v and all(isinstance(r, dict) for r in v)]
    if len(lists) != 1:
        raise DataReadError(
            "The file is one JSON object, not a list of rows",
            value=str(path),
            allowed="an array of objects, or one object a line",
        )
    return list(document[lists[0]])


def _flattened(row: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in row.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value:
            flat |= _flattened(value, f"{name}.")
        else:
            flat[name] = value
    return flat
