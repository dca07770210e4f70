"""How a job's end is written: any result as JSON, any failure as four facts."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from functools import singledispatch
from typing import Any

from specweave.errors import SpecweaveError, shorten


@singledispatch
def plain(value: Any) -> Any:
    """The value in JSON's own types; numbers JSON cannot hold become None, unknown objects their text."""
    if hasattr(value, "model_dump"):  # pydantic
        return plain(value.model_dump(mode="json"))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return plain(value.tolist())
    return str(value)


@plain.register(type(None))
@plain.register(bool)
@plain.register(int)
@plain.register(str)
def _(value: Any) -> Any:
    return value


@plain.register
def _(value: float) -> Any:
    return float(value) if math.isfinite(value) else None


@plain.register
def _(value: Mapping) -> Any:  # type: ignore[type-arg]
    return {str(key): plain(item) for key, item in value.items()}


@plain.register(list)
@plain.register(tuple)
@plain.register(set)
@plain.register(frozenset)
def _(value: Iterable[Any]) -> Any:
    return [plain(item) for item in value]


def facts(error: BaseException, log: object) -> dict[str, Any]:
    """What error.json holds: class, what happened, value, what is allowed, next step."""
    if isinstance(error, SpecweaveError):
        return {
            "type": type(error).__name__,
            "what": error.what,
            "value": None if error.value is None else shorten(error.value),
            "allowed": error.allowed,
            "next_step": error.next_step,
        }
    return {
        "type": "JobError",
        "what": f"The work stopped with an unexpected {type(error).__name__}: {shorten(error, 300) or 'no message'}",
        "value": None,
        "allowed": None,
        "next_step": f"the traceback is in {log}",
    }
