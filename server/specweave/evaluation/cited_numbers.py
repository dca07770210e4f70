"""Numbers of evaluation.json as templates print them: each carries a mark that leads to its evidence."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from specweave.errors import StorageError
from specweave.evaluation import diagnosis_wording, wording
from specweave.evaluation.result import Evaluation
from specweave.evidence import Evidence, resolve_pointer
from specweave.rendering import number, percent
from specweave.workspace import IncrementFolder, read_json

JSON = "evaluation.json"
_LATER = re.compile("\x00(\\d+)\x00")


class CitedNumbers:
    """The numbers of one document; `facts` is the JSON as it is on disk."""

    def __init__(self, folder: IncrementFolder, found: Evaluation, *, html: bool) -> None:
        self._path: Path = folder.reports / JSON
        self._evidence = Evidence(folder.path)
        self._found = found
        self._html = html
        self.facts: dict[str, Any] = read_json(self._path)

    def number(self, pointer: str) -> str:
        return self._marked(self._cite(pointer, number))

    def short(self, pointer: str) -> str:
        return self._marked(self._cite(pointer, wording.short_number))

    def share(self, pointer: str) -> str:
        return self._marked(self._cite(pointer, percent))

    def run_value(self, run: str, metric: str, fallback: str) -> str:
        """A number of an experiment's own record, or that of evaluation.json where the record does not hold it."""
        value = resolve_pointer(self.facts, fallback)
        try:
            return self._marked(self._evidence.refer(number(value), run, f"/{metric}"))
        except StorageError:
            return self.number(fallback)

    def reasons(self) -> list[str]:
        """The verdict's sentences."""
        return self._sentences(wording.reasons)

    def findings(self) -> list[str]:
        """The sentences of the closer look."""
        return self._sentences(diagnosis_wording.findings)

    def _sentences(self, worded: Callable[[Evaluation, wording.Show], tuple[str, ...]]) -> list[str]:
        """For HTML, names are escaped first and our own comments put in afterwards."""
        if not self._html:
            return list(worded(self._found, self._cite))
        cited: list[str] = []

        def later(pointer: str, form: Callable[[Any], str]) -> str:
            cited.append(self._cite(pointer, form))
            return f"\x00{len(cited) - 1}\x00"

        sentences = [str(escape(sentence)) for sentence in worded(self._found, later)]
        return [self._marked(_LATER.sub(lambda match: cited[int(match[1])], one)) for one in sentences]

    def listing(self) -> str:
        """The evidence of all numbers printed so far."""
        return self._marked(self._evidence.listing())

    def _cite(self, pointer: str, form: Callable[[Any], str]) -> str:
        return self._evidence.refer(form(resolve_pointer(self.facts, pointer)), self._path, pointer)

    def _marked(self, text: str) -> str:
        # Numbers and our comments hold no character that HTML would need escaped.
        return Markup(text) if self._html else text  # noqa: S704
