"""Numbers of explanation.json, and of other JSON files of the increment, as templates print them: each with its evidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from specweave.evidence import Evidence, resolve_pointer
from specweave.explanation.sentences import Show, signed
from specweave.rendering import number, percent
from specweave.workspace import read_json

_LATER = re.compile("\x00(\\d+)\x00")


class Cited:
    """The numbers of one JSON file in one document; documents that cite several files share the `evidence`."""

    def __init__(self, root: Path, source: Path, *, html: bool, evidence: Evidence | None = None) -> None:
        self.evidence = evidence or Evidence(root)
        self._source = source
        self._html = html
        self.facts: dict[str, Any] = read_json(source)

    def number(self, pointer: str) -> str:
        return self._marked(self._cite(pointer, number))

    def share(self, pointer: str) -> str:
        return self._marked(self._cite(pointer, percent))

    def signed(self, pointer: str) -> str:
        return self._marked(self._cite(pointer, signed))

    def sentences(self, worded: Callable[[Show], Sequence[str]]) -> list[str]:
        """Sentences whose numbers are cited; in HTML names are escaped first and our own comments put in afterwards."""
        if not self._html:
            return list(worded(self._cite))
        cited: list[str] = []

        def later(pointer: str, form: Callable[[Any], str]) -> str:
            cited.append(self._cite(pointer, form))
            return f"\x00{len(cited) - 1}\x00"

        written = [str(escape(sentence)) for sentence in worded(later)]
        return [self._marked(_LATER.sub(lambda match: cited[int(match[1])], one)) for one in written]

    def listing(self) -> str:
        """The evidence of all numbers printed so far."""
        return self._marked(self.evidence.listing())

    def _cite(self, pointer: str, form: Callable[[Any], str]) -> str:
        return self.evidence.refer(form(resolve_pointer(self.facts, pointer)), self._source, pointer)

    def _marked(self, text: str) -> str:
        # Numbers and our comments hold no character that HTML would need escaped.
        return Markup(text) if self._html else text  # noqa: S704


def plain(facts: dict[str, Any]) -> Show:
    """Numbers as text alone."""
    return lambda pointer, form: form(resolve_pointer(facts, pointer))
