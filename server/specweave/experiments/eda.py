"""eda-summary.md: the facts an exploratory experiment logged, on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from specweave.experiments.record import ExperimentSummary
from specweave.experiments.values import plain
from specweave.workspace import write_text

FILE = "eda-summary.md"


def write_summary(summary: ExperimentSummary) -> Path:
    """Render params, metrics, tables, figures and notes of the record into eda-summary.md."""
    parts = [
        f"# Exploration: {summary.name}\n",
        f"Experiment {summary.id}, started {summary.metadata.get('created', 'at an unknown time')}.\n",
        _facts("Facts", {**summary.params, **summary.metrics}),
        _tables(summary.path / "tables"),
        _files("Figures", summary.path, summary.path / "figures"),
        _files("Files", summary.path, summary.path / "artifacts"),
        _notes(summary.path / "notes.md"),
    ]
    return write_text(summary.path / FILE, "\n".join(part for part in parts if part), sync=False)


def _facts(title: str, facts: dict[str, Any]) -> str:
    if not facts:
        return f"## {title}\n\nNothing was logged.\n"
    rows = "".join(f"| {_cell(name)} | {_cell(value)} |\n" for name, value in facts.items())
    return f"## {title}\n\n| fact | value |\n| --- | --- |\n{rows}"


def _tables(folder: Path) -> str:
    heads = sorted(folder.glob("**/*.md"))
    if not heads:
        return ""
    shown = "\n".join(f"### {head.stem}\n\n{head.read_text('utf-8')}" for head in heads)
    return f"## Tables\n\n{shown}"


def _files(title: str, record: Path, folder: Path) -> str:
    found = sorted(path.relative_to(record).as_posix() for path in folder.glob("**/*") if path.is_file())
    lines = "".join(f"{_link(name)}\n" for name in found)
    return f"## {title}\n\n{lines}" if found else ""


def _link(name: str) -> str:
    picture = "!" if name.endswith((".png", ".svg", ".jpg", ".jpeg")) else "- "
    return f"{picture}[{Path(name).stem}](<{name}>)"


def _notes(path: Path) -> str:
    return f"## Notes\n\n{path.read_text('utf-8')}" if path.exists() else ""


def _cell(value: Any) -> str:
    simple = plain(value)
    if isinstance(simple, bool):
        shown = "yes" if simple else "no"
    elif isinstance(simple, int):
        shown = f"{simple:,}"
    elif isinstance(simple, float):
        # The recording path has no jinja2, hence not rendering.number.
        shown = f"{simple:,.4g}"
    else:
        shown = "not defined" if simple is None else str(simple)
    return " ".join(shown.split()).replace("|", "\\|")
