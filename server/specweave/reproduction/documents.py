"""reproduction-exp-NNN.json, and the markdown report rendered from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from specweave.evidence import Evidence, resolve_pointer
from specweave.rendering import number, render
from specweave.reproduction.result import Reproduction
from specweave.witness_file import vouch
from specweave.workspace import IncrementFolder, read_json, write_json, write_text


def write_documents(folder: IncrementFolder, found: Reproduction) -> Reproduction:
    """Write facts and report into reports/; the reproduction with their paths (below the increment)."""
    stem = "reproduction-" + "-".join(found.experiment.split("-")[:2])
    names = [f"{stem}.md", f"{stem}.json"]
    found = found.model_copy(update={"documents": tuple(f"{folder.reports.name}/{name}" for name in names)})
    source = write_json(folder.reports / names[1], found.model_dump(mode="json"))
    vouch(folder, source)
    facts = read_json(source)
    write_text(
        folder.reports / names[0],
        render(
            "specweave.reproduction", "reproduction.md", r=facts, v=_cited(folder, facts, source), json_name=names[1]
        ),
    )
    return found


def _cited(folder: IncrementFolder, facts: dict[str, Any], source: Path) -> Any:
    evidence = Evidence(folder.path)

    def cited(pointer: str) -> str:
        value = resolve_pointer(facts, pointer)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return _plain(value)
        return evidence.cite(number(value), source, pointer)

    return cited


def _plain(value: Any) -> str:
    return "–" if value is None else " ".join(str(value).split()).replace("|", "\\|")[:80]
