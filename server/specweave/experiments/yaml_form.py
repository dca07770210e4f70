"""metadata.yaml without a YAML library: block mappings whose leaves are JSON, which every YAML reader understands.

What a person has edited beyond that form is read with PyYAML where it is installed. Plain JSON is read too.
"""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

_BARE_KEY = re.compile(r"[A-Za-z_][\w.-]*\Z", re.ASCII)
# YAML 1.1 reads these words as booleans or null where they stand without quotes.
_RESERVED = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
# JSON leaves these raw; YAML forbids them or takes them for line breaks.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_LINE = re.compile(r'(?P<indent> *)(?P<key>"(?:[^"\\]|\\.)*"|[A-Za-z_][\w.-]*):(?: (?P<value>.+))?\Z', re.ASCII)


def dump(content: dict[str, Any]) -> str:
    """The mapping as YAML text."""
    return "".join(_lines(content, 0))


class Writer:
    """`dump` for a mapping that is written again and again: parts that are the very same objects are not made anew."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[Any, str]] = {}

    def dump(self, content: dict[str, Any]) -> str:
        """The mapping as YAML text; no part of it may have been changed in place since the last time."""
        before, self._made = self._made, {}
        for key, value in content.items():
            known = before.get(key)
            if known is None or known[0] is not value:
                known = value, "".join(_lines({key: value}, 0))
            self._made[key] = known
        return "".join([text for _, text in self._made.values()])


def load(text: str) -> dict[str, Any]:
    """The mapping in the text. Raises ValueError when it is neither our form nor, with PyYAML, any YAML mapping."""
    if text.lstrip().startswith("{"):
        found = json.loads(text)
    else:
        try:
            return _load_own_form(text)
        except ValueError as error:
            found = _load_any_yaml(text, error)
    if not isinstance(found, dict):
        raise ValueError("the file does not hold a mapping")  # noqa: TRY004  one kind of error for all damage
    return found


def _lines(content: dict[str, Any], indent: int) -> list[str]:
    lines: list[str] = []
    for key, value in content.items():
        head = f"{'  ' * indent}{_key(key)}:"
        if isinstance(value, dict) and value:
            lines.append(head + "\n")
            lines.extend(_lines(value, indent + 1))
        else:
            lines.append(f"{head} {_flow(value)}\n")
    return lines


@lru_cache(maxsize=1024)
def _key(key: str) -> str:
    return key if _BARE_KEY.match(key) and key.lower() not in _RESERVED else _quoted(key)


def _flow(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(str(k))}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, int) and not isinstance(value, bool):
        return repr(value)
    return json.dumps(value)


def _float(value: float) -> str:
    """YAML 1.1 takes 1e-05 for text; with a point it is a number to everyone."""
    if not math.isfinite(value):
        raise ValueError("not-a-number has no JSON form")
    shown = repr(value)
    return shown.replace("e", ".0e") if "e" in shown and "." not in shown else shown


def _quoted(value: str) -> str:
    quoted: str = encode_basestring(value)
    if quoted.isascii() and "\x7f" not in quoted:
        return quoted
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _load_own_form(text: str) -> dict[str, Any]:
    top: dict[str, Any] = {}
    stack = [top]
    opened = False
    for line in text.split("\n"):
        if not line:
            continue
        match = _LINE.match(line)
        if match is None or len(match["indent"]) % 2:
            raise ValueError(f"a line outside our form: {line!r:.80}")
        level = len(match["indent"]) // 2
        if level > len(stack) - 1 or (opened and level != len(stack) - 1):
            raise ValueError(f"an indentation outside our form: {line!r:.80}")
        del stack[level + 1 :]
        key = json.loads(match["key"]) if match["key"][0] == '"' else match["key"]
        opened = match["value"] is None
        if opened:
            inner: dict[str, Any] = {}
            stack[-1][key] = inner
            stack.append(inner)
        else:
            stack[-1][key] = json.loads(match["value"])
    if opened:
        raise ValueError("the last mapping is cut off")
    return top


def _load_any_yaml(text: str, reason: ValueError) -> Any:
    try:
        import yaml
    except ImportError:
        raise reason from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
