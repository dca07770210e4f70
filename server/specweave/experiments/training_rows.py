"""Which rows a script trained on, as marks: eight bytes of a hash for each row, from which no value can be read back.

A mark depends on the values and the names of the columns, not on the index or the order of columns; a whole number
equals the same number stored as float, and every kind of missing value equals every other. Standard library only,
because it runs in the user's own interpreter.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from specweave.errors import ExperimentError
from specweave.workspace import write_bytes, write_json

MARKS = "training-rows.bin"
FACTS = "training-rows.json"
_SIZE = 8
_EXACT = 2**53
_MISSING = "\x00"


def log_rows(record: Path, rows: Any) -> dict[str, Any]:
    """Write the marks of a table (anything with named columns, such as a DataFrame) into a record; what it keeps of them.

    Raises ExperimentError when the rows are no table with named columns.
    """
    columns = _columns(rows)
    marks = row_marks(columns)
    facts = {
        "columns": sorted(columns),
        "rows": len(marks) // _SIZE,
        "marks": MARKS,
        "sha256": hashlib.sha256(marks).hexdigest(),
    }
    write_bytes(record / MARKS, marks)
    write_json(record / FACTS, facts)
    return facts


def read_marks(record: Path) -> tuple[list[str], bytes] | None:
    """Columns and marks of a record; None when it recorded none.

    Raises ExperimentError when the marks are not those that were recorded.
    """
    facts, marks = record / FACTS, record / MARKS
    if not facts.is_file():
        return None
    try:
        known = json.loads(facts.read_text("utf-8"))
        content = marks.read_bytes()
        whole = hashlib.sha256(content).hexdigest() == known["sha256"]
        columns = [str(name) for name in known["columns"]]
    except (OSError, ValueError, KeyError, TypeError):
        whole, content, columns = False, b"", []
    if not whole:
        raise ExperimentError(
            f"The recorded training rows of {record.name} are damaged or were changed",
            value=f"{record.name}/{FACTS}",
            next_step="restore the record from version control, or run its script again",
        )
    return columns, content


def row_marks(columns: Mapping[str, Iterable[Any]]) -> bytes:
    """Eight bytes for each row, in the order of the rows."""
    names = sorted(columns)
    key = hashlib.blake2b(json.dumps(names, ensure_ascii=False).encode("utf-8"), digest_size=32).digest()
    parts = []
    for row in zip(*(columns[name] for name in names), strict=True):
        text = "\x1f".join(map(_text, row)).encode("utf-8", "surrogatepass")
        parts.append(hashlib.blake2b(text, digest_size=_SIZE, key=key).digest())
    return b"".join(parts)


def _columns(rows: Any) -> dict[str, list[Any]]:
    names = getattr(rows, "columns", None)
    if names is None and isinstance(rows, Mapping):
        names = rows.keys()
    if names is None:
        raise ExperimentError(
            "The training rows have no named columns",
            value=type(rows).__name__,
            allowed="a DataFrame or a mapping from column name to values",
            next_step="give the table the model was fitted on, before its columns became a matrix",
        )
    found = {}
    for name in names:
        values = rows[name]
        found[str(name)] = values.tolist() if hasattr(values, "tolist") else list(values)
    return found


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        # Beyond 2**53 neighbouring whole numbers share one float.
        return str(float(value)) if abs(value) < _EXACT else str(value)
    if isinstance(value, float):
        if math.isnan(value):
            return _MISSING
        return str(int(value)) if math.isfinite(value) and abs(value) >= _EXACT else str(value)
    text = str(value)
    return _MISSING if text in ("None", "<NA>", "NaT") else text
