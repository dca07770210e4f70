"""Plan and analysis of an A/B test as JSON, and the pages rendered from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from specweave.deployment.ab import wording
from specweave.deployment.ab.figures import course
from specweave.deployment.ab.plan import Plan
from specweave.deployment.ab.result import ABAnalysis
from specweave.errors import StorageError
from specweave.evidence import Evidence, resolve_pointer
from specweave.rendering import number, percent, render
from specweave.visuals import save_figure
from specweave.workspace import read_json, write_json, write_text

PACKAGE = "specweave.deployment.ab"
PLAN, ANALYSIS, COURSE = "plan.json", "analysis.json", "course.png"


def write_plan(folder: Path, made: Plan, *, root: Path) -> list[Path]:
    """plan.json and plan.md in `folder`, whose numbers cite the JSON relative to `root` (the increment); their paths."""
    facts = write_json(folder / PLAN, made.model_dump(mode="json"))
    cited = Cited(root, facts)
    page = write_text(
        folder / "plan.md",
        render(PACKAGE, "plan.md", p=cited.facts, v=cited.number, share=cited.share, evidence=cited.listing),
    )
    return [facts, page]


def planned_by(folder: Path) -> Plan | None:
    """The plan in `folder`, if one was written there. Raises StorageError when it is damaged."""
    facts = read_json(folder / PLAN, default=None)
    if facts is None:
        return None
    try:
        return Plan.model_validate(facts)
    except ValueError as error:
        raise StorageError("The plan cannot be read", value=str(folder / PLAN), next_step="plan again") from error


def write_analysis(folder: Path, found: ABAnalysis, *, share: float, root: Path) -> ABAnalysis:
    """analysis.json, analysis.md and course.png in `folder`; the analysis with their names relative to `root`."""
    names = (ANALYSIS, "analysis.md", COURSE)
    found = found.model_copy(
        update={"documents": tuple((folder / name).relative_to(root).as_posix() for name in names)}
    )
    facts = write_json(folder / ANALYSIS, found.model_dump(mode="json"))
    save_figure(course(found), folder / COURSE)
    cited = Cited(root, facts)
    said = wording.sentences(found, share, cited.cite)
    text = render(
        PACKAGE, "analysis.md", a=cited.facts, v=cited.number, share=cited.share, sentences=said, evidence=cited.listing
    )
    write_text(folder / "analysis.md", text)
    return found


class Cited:
    """The numbers of one JSON file as a page prints them, each with a mark that leads to its place."""

    def __init__(self, root: Path, path: Path) -> None:
        self._evidence = Evidence(root)
        self._path = path
        self.facts: dict[str, Any] = read_json(path)

    def cite(self, pointer: str, form: Callable[[Any], str]) -> str:
        return self._evidence.refer(form(resolve_pointer(self.facts, pointer)), self._path, pointer)

    def number(self, pointer: str) -> str:
        return self.cite(pointer, number)

    def share(self, pointer: str) -> str:
        return self.cite(pointer, lambda value: percent(value, 2))

    def listing(self) -> str:
        return self._evidence.listing()
