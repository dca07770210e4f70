"""A pipeline as a page: a mermaid flow chart and a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_CLASSES = {
    "done": "fill:#dbe9f6,stroke:#2b5c8a",
    "skipped": "fill:#eeeeee,stroke:#777777,stroke-dasharray:4",
    "failed": "fill:#f8d9d6,stroke:#a3271b",
}


def page(pipeline: str, experiment: str, stages: Mapping[str, Mapping[str, Any]]) -> str:
    """The markdown page of one run."""
    saved = sum(facts.get("seconds_saved") or 0.0 for facts in stages.values())
    done = sum(facts["status"] == "done" for facts in stages.values())
    skipped = sum(facts["status"] == "skipped" for facts in stages.values())
    verdict = f"{done} of {len(stages)} stages done, {skipped} skipped because nothing changed"
    verdict += f" (about {saved:.4g} s saved)." if saved else "."
    return f"# Pipeline: {pipeline}\n\nExperiment {experiment}. {verdict}\n\n{chart(stages)}\n{_table(stages)}"


def chart(stages: Mapping[str, Mapping[str, Any]]) -> str:
    """Stages as boxes, files they take and give as rounded boxes; arrows follow the work."""
    lines: list[str] = []
    files: dict[str, str] = {}
    boxes = {name: f"s{number}" for number, name in enumerate(stages)}
    for name, facts in stages.items():
        label = f"{_safe(name)}<br/>{facts['status']}, {facts['seconds']:.4g} s"
        lines.append(f'    {boxes[name]}["{label}"]:::{facts["status"]}')
        for file in (*facts["inputs"], *facts["outputs"]):
            if file not in files:
                files[file] = f"f{len(files)}"
                lines.append(f'    {files[file]}(["{_safe(file)}"])')
        lines += [f"    {files[file]} --> {boxes[name]}" for file in facts["inputs"]]
        lines += [f"    {boxes[name]} --> {files[file]}" for file in facts["outputs"]]
        lines += [f"    {boxes[before]} -.-> {boxes[name]}" for before in facts["after"] if before in boxes]
    lines += [f"    classDef {status} {style}" for status, style in _CLASSES.items()]
    return "```mermaid\nflowchart TD\n" + "\n".join(lines) + "\n```\n"


def _table(stages: Mapping[str, Mapping[str, Any]]) -> str:
    rows = ["| stage | status | why | seconds | metrics |", "| --- | --- | --- | --- | --- |"]
    for name, facts in stages.items():
        metrics = ", ".join(f"{k} {_number(v)}" for k, v in facts["metrics"].items())
        cells = (name, facts["status"], facts.get("error") or facts["why"], f"{facts['seconds']:.4g}", metrics)
        rows.append("| " + " | ".join(" ".join(str(cell).split()).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _number(value: float | None) -> str:
    return "not defined" if value is None else f"{value:,.4g}"


def _safe(text: str) -> str:
    """The text as mermaid takes it in a quoted label."""
    return text.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;").replace("\n", " ")
