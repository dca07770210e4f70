"""Markdown templates that hold several generated parts, each under a line `%% name`."""

from __future__ import annotations

import re
from typing import Any

from specweave.increments.sections import section
from specweave.rendering import render

_PART = re.compile(r"^%% ([\w-]+)\n", re.MULTILINE)


def rendered_parts(template: str, **facts: Any) -> dict[str, str]:
    """The body of each part by name; runs of blank lines become one."""
    pieces = _PART.split(render("specweave.increments", template, **facts))[1:]
    return {name: re.sub(r"\n{3,}", "\n\n", body).strip() for name, body in zip(pieces[::2], pieces[1::2], strict=True)}


def document(head: str, parts: dict[str, str]) -> str:
    """A new document of all parts in their order."""
    return "\n\n".join([head.rstrip(), *(section(name, body) for name, body in parts.items())]) + "\n"
