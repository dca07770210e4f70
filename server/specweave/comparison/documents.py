"""experiment-comparison.json, and from it the markdown report, one self-contained page, and the figures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markupsafe import Markup

from specweave import __version__
from specweave.comparison.figures import Planned, plan_figures
from specweave.comparison.integrity import MOST_SHOWN
from specweave.comparison.kept import Kept
from specweave.comparison.result import ExperimentComparison
from specweave.evidence import Evidence, resolve_pointer
from specweave.rendering import number, render
from specweave.visuals import data_uri, save_figure
from specweave.workspace import IncrementFolder, write_text

JSON = "experiment-comparison.json"
REPORT = "experiment-comparison.md"
PAGE = "experiment-comparison.html"
_TEMPLATES = Path(__file__).parent / "templates"
MOST_REASONS = 50


def write_documents(folder: IncrementFolder, found: ExperimentComparison, kept: Kept) -> ExperimentComparison:
    """Write the facts first, then figures and documents from them; the comparison with their paths (below the increment)."""
    figures = plan_figures(found)
    _draw(folder, figures, kept)
    reports = folder.reports.name
    found = found.model_copy(
        update={
            "figures": tuple(f"{reports}/{name}" for name in figures),
            "documents": tuple(f"{reports}/{name}" for name in (REPORT, PAGE, JSON)),
        }
    )
    facts = as_text(found)
    written, content = kept.question("documents", (JSON, REPORT, PAGE)), _identity(folder, facts, figures)
    paths = [folder.reports / name for name in (JSON, REPORT, PAGE)]
    if all(path.is_file() for path in paths) and written.known(JSON, content) == tuple(map(_hash, paths)):
        return found
    write_text(folder.reports / JSON, facts)
    context = _context(folder, found, figures)
    evidence = Evidence(folder.path)
    for name in (REPORT, PAGE):
        cited = _cited(evidence, context["facts"], html=name == PAGE)
        write_text(folder.reports / name, render("specweave.comparison", name, v=cited, **context))
    written.keep(JSON, content, [_hash(path) for path in paths])
    return found


def _identity(folder: IncrementFolder, facts: str, figures: dict[str, Planned]) -> str:
    """A hash of all that the documents are made from: facts, captions, pictures, templates, and the version of the code."""
    found = hashlib.sha256(facts.encode("utf-8"))
    found.update(repr([__version__, *(planned.caption for planned in figures.values())]).encode("utf-8"))
    sources = [*sorted(_TEMPLATES.iterdir()), *(folder.reports / name for name in figures)]
    for path in sources:
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _draw(folder: IncrementFolder, figures: dict[str, Planned], kept: Kept) -> None:
    """Draw those whose content, or file, is not that of the last time."""
    drawn = kept.question("figures", ("sha256",))
    for name, planned in figures.items():
        path = folder.reports / name
        if path.is_file() and drawn.known(name, planned.content) == (_hash(path),):
            continue
        save_figure(planned.draw(), path)
        drawn.keep(name, planned.content, [_hash(path)])


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def as_text(found: ExperimentComparison) -> str:
    """The comparison as JSON with one experiment a line: indented, ten thousand take seconds and half a million lines."""
    head = found.model_dump_json(exclude={"experiments"}, indent=2)
    rows = ",\n    ".join(one.as_json() for one in found.experiments)
    return f'{head[: head.rindex("}")].rstrip()},\n  "experiments": [\n    {rows}\n  ]\n}}\n'


def _context(folder: IncrementFolder, found: ExperimentComparison, figures: dict[str, Planned]) -> dict[str, Any]:
    """What both documents show: the facts of the rows in them, each with its place in the JSON file, and the pictures."""
    inside = [(at, one) for at, one in enumerate(found.experiments) if one.not_comparable is None]
    outside = [one for one in found.experiments if one.not_comparable is not None]
    # The best baseline is shown wherever it stands.
    shown = [(at, one) for at, one in inside if at < MOST_SHOWN or one.experiment == found.baseline]
    rows = [(at, one.as_facts()) for at, one in shown]
    return {
        "c": found,
        "rows": rows,
        "facts": {"experiments": {str(at): one for at, one in rows}},
        "hidden": len(inside) - len(rows),
        "outside": outside[:MOST_REASONS],
        "hidden_outside": len(outside) - len(outside[:MOST_REASONS]),
        "n_compared": max(len(inside) - 1, 0),
        "captions": {name: planned.caption for name, planned in figures.items()},
        "images": {name: data_uri((folder.reports / name).read_bytes()) for name in figures},
        "json_name": JSON,
    }


def _cited(evidence: Evidence, facts: dict[str, Any], *, html: bool) -> Callable[[str], str]:
    """A number of the facts with its place in the JSON file."""

    def cited(pointer: str) -> str:
        text = evidence.cite(number(resolve_pointer(facts, pointer)), JSON, pointer)
        # The comment is ours and holds no character that HTML would need escaped.
        return Markup(text) if html else text  # noqa: S704

    return cited
