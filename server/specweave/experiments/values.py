"""Any value a training script logs, as plain JSON: nothing logged may ever stop a training."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import math
import os
import reprlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any

from specweave.experiments.masking import MASK, is_secret_name, mask_text

NOT_A_NUMBER = "not a number"
_MANY = 10_000
_ARRAY_ELEMENTS = 200
_LONG = 10_000
_DEEP = 12
_SET = (set, frozenset)


def plain(value: Any, depth: int = 0) -> Any:
    """The value as null, bool, number, text, list or mapping; what JSON cannot hold becomes a short text.

    Not-a-number and infinities become "NaN", "Infinity" and "-Infinity". Arrays of more than 200 elements become
    their type, shape and hash; lists are cut after 10,000. Values of parameters named after secrets are masked.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and type(value) is str:
        return text(value)
    if type(value) is int:
        return value
    if type(value) is float:
        return value if math.isfinite(value) else number_name(value)
    try:
        return _plain_object(value, depth)
    except Exception as error:  # noqa: BLE001  a foreign __repr__ or property may raise anything
        return f"<{type(value).__name__} that cannot be shown: {type(error).__name__}>"


def mapping(values: Mapping[Any, Any], depth: int = 0) -> dict[str, Any]:
    """The mapping with text keys and plain values."""
    return {
        name(key): MASK if isinstance(value, str) and is_secret_name(str(key)) else plain(value, depth + 1)
        for key, value in values.items()
    }


def name(key: Any) -> str:
    """The key as text."""
    return _name(key) if type(key) is str else text(str(key))


def metric(value: Any) -> tuple[float | int | None, str | None]:
    """The number to store and, where there is none, the reason: (null, "NaN").

    Accepts whatever converts to float: numpy scalars, arrays and tensors of one element, Decimal.
    """
    try:
        found = value if type(value) in (int, float) else _as_number(value)
    except Exception:  # noqa: BLE001  a foreign __float__ may raise anything
        return None, f"{NOT_A_NUMBER}: {plain(value)!r:.100}"
    if isinstance(found, float) and not math.isfinite(found):
        return None, number_name(found)
    return found, None


def number_name(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def text(value: str) -> str:
    """The text without halves of characters, which UTF-8 cannot hold, and without passwords in URLs."""
    whole = value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
    return mask_text(whole if len(whole) <= _LONG else whole[: _LONG - 1] + "…")


@lru_cache(maxsize=1024)
def _name(key: str) -> str:
    return text(key)


def _as_number(value: Any) -> float | int:
    if isinstance(value, (str, bytes)):
        raise TypeError("text is no metric")
    if isinstance(value, (bool, int)):
        return int(value)
    single = value.item() if hasattr(value, "item") else value
    return single if type(single) in (int, float) else float(single)


def _plain_object(value: Any, depth: int) -> Any:  # noqa: PLR0911  one return for each kind of value
    if depth > _DEEP:
        return reprlib.repr(value)
    if isinstance(value, enum.Enum):
        return plain(value.value, depth + 1)
    if isinstance(value, (bool, int, float, str)):
        return plain(_base(value), depth)
    if isinstance(value, Mapping):
        return mapping(value, depth)
    if isinstance(value, (list, tuple)):
        return _sequence(list(value), depth)
    if isinstance(value, _SET):
        return _sequence(sorted(value, key=repr), depth)
    return _leaf(value, depth)


def _base(value: Any) -> Any:
    """The builtin value of a subclass, such as numpy's float64."""
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def _sequence(items: list[Any], depth: int) -> Any:
    shown = [plain(item, depth + 1) for item in items[:_MANY]]
    return shown if len(items) <= _MANY else [*shown, f"… {len(items) - _MANY} more"]


def _leaf(value: Any, depth: int) -> Any:  # noqa: PLR0911  one return for each kind of value
    if isinstance(value, os.PathLike):
        return text(os.fsdecode(os.fspath(value)))
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        content = bytes(value)
        return f"<{len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()[:16]}>"
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return _array(value, depth)
    if hasattr(value, "item") and callable(value.item):
        return plain(value.item(), depth + 1)
    if is_dataclass(value) and not isinstance(value, type):
        return mapping({f.name: getattr(value, f.name) for f in fields(value)}, depth)
    if hasattr(value, "model_dump") and not isinstance(value, type):
        return plain(value.model_dump(mode="json"), depth + 1)
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    return text(" ".join(repr(value).split())[:_LONG])


def _array(value: Any, depth: int) -> Any:
    size = math.prod(value.shape)
    if not value.shape:
        return plain(value.item(), depth + 1)
    if size <= _ARRAY_ELEMENTS and hasattr(value, "tolist"):
        return plain(value.tolist(), depth + 1)
    shown = f"<{type(value).__name__} {tuple(value.shape)} {value.dtype}"
    if hasattr(value, "tobytes"):
        shown += f", sha256 {hashlib.sha256(value.tobytes()).hexdigest()[:16]}"
    return shown + ">"
