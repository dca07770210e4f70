"""Whether the documents and pictures of an evaluation are still those it wrote."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from specweave.data import witness
from specweave.errors import SpecweaveError
from specweave.evaluation.documents import COMPARISON, PAGE, REPORT, rendered
from specweave.evaluation.result import Evaluation
from specweave.workspace import IncrementFolder

_PICTURE = re.compile(r"!\[[^\]]*\]\((?P<file>[^)\s]+)\)")


def edited_documents(folder: IncrementFolder, facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and defect of each report whose text is not the one the evaluation wrote, with the first line that differs."""
    look, known = witness.documents_of_evaluation(folder)
    for name in (REPORT, COMPARISON, PAGE):
        path = folder.reports / name
        if name not in known:
            continue
        if not path.is_file():
            yield f"reports/{name}", f"it is gone, and look {look} wrote it"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != known[name]:
            yield f"reports/{name}", _first_difference(folder, facts, path, look)


def foreign_pictures(folder: IncrementFolder, facts: dict[str, Any], document: Path) -> Iterator[str]:
    """A sentence for each picture in a markdown document that is not the one the evaluation drew."""
    known: dict[str, str] = facts.get("figures_sha256") or {}
    content = document.read_text("utf-8", errors="replace")
    for number, line in enumerate(content.splitlines(), start=1):
        for found in _PICTURE.finditer(line):
            path = (document.parent / found["file"]).resolve()
            if path.parent != folder.reports.resolve() or path.name not in known:
                continue
            if not path.is_file():
                yield f"line {number}: the picture {path.name} is missing"
            elif hashlib.sha256(path.read_bytes()).hexdigest() != known[path.name]:
                yield f"line {number}: the picture {path.name} is not the one this evaluation drew"


def _first_difference(folder: IncrementFolder, facts: dict[str, Any], path: Path, look: int) -> str:
    try:
        ours = rendered(folder, Evaluation.model_validate(facts), path.name)
    except (SpecweaveError, ValidationError):
        return f"it was edited after look {look} wrote it"
    lines = zip_longest(ours.splitlines(), path.read_text("utf-8", errors="replace").splitlines())
    for number, (then, now) in enumerate(lines, start=1):
        if then != now:
            return f"line {number} was edited after look {look} wrote it"
    return f"it was edited after look {look} wrote it"
