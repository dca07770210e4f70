"""Generated parts of a document that a person edits: replaced while untouched, kept once somebody changed them.

A part stands between two HTML comments, which readers of the rendered page do not see; the first carries a digest
of what was written. Ticked boxes do not count as a change and are carried over by criterion.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

_SECTION = re.compile(
    r"<!-- generated:(?P<name>[\w-]+) (?P<digest>[0-9a-f]{12}) -->\n(?P<body>.*?)<!-- end:(?P=name) -->", re.DOTALL
)
_BOX = re.compile(r"^([ \t]*[-*] )\[[xX ]\]", re.MULTILINE)
_TICKED = re.compile(r"^[ \t]*[-*] \[[xX]\] .*$", re.MULTILINE)


@dataclass(frozen=True)
class Refreshed:
    """A document after its generated parts were written anew."""

    text: str
    replaced: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    """Parts left alone because a person edited, ticked or removed them."""


def section(name: str, body: str) -> str:
    """The body as a generated part."""
    body = body.rstrip("\n") + "\n"
    return f"<!-- generated:{name} {_digest(body)} -->\n{body}<!-- end:{name} -->"


def refresh(text: str, bodies: Mapping[str, str]) -> Refreshed:
    """The text with each named part replaced by its new body where nobody edited the old one."""
    replaced: list[str] = []
    kept: list[str] = []

    def anew(found: re.Match[str]) -> str:
        name, old = found["name"], found["body"]
        if name not in bodies:
            return found[0]
        new = bodies[name].rstrip("\n") + "\n"
        ticked = _with_ticks(new, old)
        if _unticked(old) == _unticked(new):
            return found[0]
        if _digest(old) != found["digest"] or ticked is None:
            kept.append(name)
            return found[0]
        replaced.append(name)
        return f"<!-- generated:{name} {_digest(new)} -->\n{ticked}<!-- end:{name} -->"

    result = _SECTION.sub(anew, text)
    present = {found["name"] for found in _SECTION.finditer(text)}
    kept.extend(name for name in bodies if name not in present)
    return Refreshed(result, tuple(replaced), tuple(kept))


def _with_ticks(new: str, old: str) -> str | None:
    """The new body with the old one's ticks, or nothing when a ticked line is gone: a tick vouches for its very words."""
    ticked = {_BOX.sub(r"\1[ ]", line): line for line in _TICKED.findall(old)}
    lines = new.split("\n")
    if not ticked.keys() <= set(lines):
        return None
    return "\n".join(ticked.get(line, line) for line in lines)


def _unticked(body: str) -> str:
    return _BOX.sub(r"\1[ ]", body)


def _digest(body: str) -> str:
    return hashlib.sha256(_unticked(body).encode("utf-8")).hexdigest()[:12]
