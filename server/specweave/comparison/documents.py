"""experiment-comparison.json, and from it the markdown report, one self-contained page, and the figures."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markupsafe import Markup

from specweave.comparison.figures import make_figures
from specweave.comparison.result import ExperimentComparison
from specweave.evidence import Evidence, resolve_pointer
from specweave.rendering import number, render
from specweave.visuals import save_figure
from specweave.workspace import IncrementFolder, read_json, write_json, write_text

JSON = "experiment-comparison.json"
REPORT = "experiment-comparison.md"
PAGE = "experiment-comparison.html"
MOST_ROWS = 200
MOST_REASONS = 50


def write_documents(folder: IncrementFolder, found: ExperimentComparison) -> ExperimentComparison:
    """Write the facts first, then figures and documents from them; the comparison with their paths (below the increment)."""
    figures = make_figures(found)
    for name, (made, _) in figures.items():
        save_figure(made, folder.reports / name)
    reports = folder.reports.name
    found = found.model_copy(
        update={
            "figures": tuple(f"{reports}/{name}" for name in figures),
            "documents": tuple(f"{reports}/{name}" for name in (REPORT, PAGE, JSON)),
        }
    )
    write_json(folder.reports / JSON, found.model_dump(mode="json"))
    captions = {name: caption for name, (_, caption) in figures.items()}
    images = {name: _embedded(folder.reports / name) for name in figures}
    for name in (REPORT, PAGE):
        write_text(folder.reports / name, _rendered(folder, name, captions, images))
    return found


def _rendered(folder: IncrementFolder, name: str, captions: dict[str, str], images: dict[str, str]) -> str:
    source = folder.reports / JSON
    facts: dict[str, Any] = read_json(source)
    inside = [one for one in facts["experiments"] if one["not_comparable"] is None]
    outside = [one for one in facts["experiments"] if one["not_comparable"] is not None]
    return render(
        "specweave.comparison",
        name,
        c=facts,
        rows=inside[:MOST_ROWS],
        hidden=len(inside) - len(inside[:MOST_ROWS]),
        outside=outside[:MOST_REASONS],
        hidden_outside=len(outside) - len(outside[:MOST_REASONS]),
        n_compared=max(len(inside) - 1, 0),
        v=_cited(folder, facts, source, html=name.endswith(".html")),
        captions=captions,
        images=images,
        json_name=JSON,
    )


def _cited(folder: IncrementFolder, facts: dict[str, Any], source: Path, *, html: bool) -> Callable[[str], str]:
    """A number of the facts with its place in them."""
    evidence = Evidence(folder.path)

    def cited(pointer: str) -> str:
        text = evidence.cite(number(resolve_pointer(facts, pointer)), source, pointer)
        # The comment is ours and holds no character that HTML would need escaped.
        return Markup(text) if html else text  # noqa: S704

    return cited


def _embedded(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode("ascii")
