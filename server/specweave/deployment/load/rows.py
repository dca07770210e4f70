"""The rows a load test sends: features of the increment's sealed rows, rows given, or the service's own examples."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from specweave.deployment.load.address import Address
from specweave.deployment.load.open_loop import ask
from specweave.deployment.load.requests import PREDICT, get
from specweave.errors import DeploymentError
from specweave.workspace import IncrementFolder

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 2000
Row = Mapping[str, Any]


@dataclass(frozen=True)
class LoadRows:
    """Rows as JSON objects, and in words where they come from."""

    rows: tuple[Row, ...]
    source: str


def increment_rows(folder: IncrementFolder, features: Sequence[str], *, who: str, local: bool) -> LoadRows:
    """Up to 2,000 real rows with the feature columns alone.

    They are the sealed rows, which no model has learned from: without target and row numbers, and noted in
    data/accesses.jsonl. A service on another machine gets training rows; sealed rows do not leave this one.
    """
    from specweave.data import seal
    from specweave.data.sealed_features import open_features

    if not local:
        frame = seal.training_rows(folder)[list(features)]
        frame, source = frame.sample(min(MOST_ROWS, len(frame)), random_state=0), "training rows, features only"
    else:
        frame = open_features(folder, features, purpose="load test", who=who).head(MOST_ROWS)
        source = "sealed rows, features only, in no order; no truth was read (data/accesses.jsonl)"
    return LoadRows(tuple(json_rows(frame)), source)


def json_rows(frame: pd.DataFrame) -> list[Row]:
    """Each row as JSON values: null for missing, ISO text for dates."""
    columns = {str(name): [json_value(value) for value in frame[name].tolist()] for name in frame.columns}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def json_value(value: Any) -> Any:
    """One cell: None for what is missing or infinite."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    # pandas' marks are told by name: comparing its NA raises.
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def example_rows(address: Address, path: str = PREDICT, key: str | None = None) -> LoadRows:
    """The examples in the service's OpenAPI description. Raises DeploymentError when there are none."""
    exchange, body = ask(address, get(address, "/openapi.json", key))
    try:
        description = json.loads(body) if not exchange.failed else {}
    except ValueError:
        description = {}
    found = _examples(description, path)
    if not found:
        raise DeploymentError(
            f"The service describes no example of a row for {path}, so there is nothing to send",
            value=f"{address.url}/openapi.json",
            next_step="give rows=[{…}], or increment= to take rows of that increment",
        )
    return LoadRows(tuple(found), "examples of the service's OpenAPI description")


def _examples(description: dict[str, Any], path: str) -> list[Row]:
    operation = description.get("paths", {}).get(path, {}).get("post", {})
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = _resolved(description, content.get("schema", {}))
    named = [one.get("value") for one in content.get("examples", {}).values() if isinstance(one, dict)]
    candidates = [content.get("example"), *named, schema.get("example"), *schema.get("examples", [])]
    found: list[Row] = [one for one in candidates if isinstance(one, dict)]
    return found or _assembled(description, schema)


def _assembled(description: dict[str, Any], schema: dict[str, Any]) -> list[Row]:
    """One row from the examples of its fields, if each required field has one."""
    row: dict[str, Any] = {}
    for name, part in schema.get("properties", {}).items():
        field = _resolved(description, part)
        known = [*([field["example"]] if "example" in field else []), *field.get("examples", [])]
        if known or "default" in field:
            row[name] = known[0] if known else field["default"]
        elif name in schema.get("required", []):
            return []
    return [row] if row else []


def _resolved(description: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref", "")
    if not reference.startswith("#/"):
        return schema
    found: Any = description
    for step in reference[2:].split("/"):
        found = found.get(step, {})
    return dict(found)
