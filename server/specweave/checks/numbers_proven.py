"""ML008: every number in a document equals the evidence it names, and every picture is the one that was drawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from specweave.checks.base import Severity, Verdict, failed, not_applicable, passed
from specweave.checks.evaluated import EVALUATION
from specweave.checks.records import evaluate_model, within
from specweave.errors import SpecweaveError
from specweave.evidence import check_document, cited_sources
from specweave.workspace import IncrementFolder, Workspace, read_json

_CITING = ("evaluation-report.md", "comparison.md")
# Written by hand before there are results, or generated without claims; what they ask for is no claim.
_PLANS = ("spec.md", "plan.md", "tasks.md", "tests.md")
_NOT_DOCUMENTS = ("experiments", "data", "models", "notebooks")
_SPOKEN = 3
_DOCS = ["README.md", "docs/**/*.md", ".specweave/docs/**/*.md"]
# Written anew by the very run of checks that would judge it.
REPORT = "validation-report.md"


class NumbersProven:
    """No cited number differs from its evidence, no claim of the living docs is without, no report or picture was edited."""

    code = "ML008"
    title = "Report numbers equal their evidence"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        reports, living = _reports(folder), _living(folder)
        if not reports and not living:
            return not_applicable("no report with evidence has been written yet", remedy=evaluate_model(folder))
        facts = _evaluation(folder)
        wrong = [(within(folder, path), problem) for path in reports for problem in _of_report(path, folder)]
        wrong += _of_evaluation(folder, facts, [*reports, *living])
        wrong += [(_shown(folder, path), problem) for path in living for problem in _of_living(path, folder)]
        if not wrong:
            return passed(
                f"The numbers of {len(reports) + len(living)} documents equal their evidence.",
                *(within(folder, path) for path in reports),
            )
        more = f" And {len(wrong) - _SPOKEN} more." if len(wrong) > _SPOKEN else ""
        return failed(
            " ".join(f"{name}: {problem.rstrip('.')}." for name, problem in wrong[:_SPOKEN]) + more,
            *dict.fromkeys(name for name, _ in wrong),
            remedy=evaluate_model(
                folder,
                "Restore the documents from version control; evaluating again writes reports anew and costs a look",
            ),
        )


def _reports(folder: IncrementFolder) -> list[Path]:
    """The generated documents in reports/ that cite, or must."""
    written = sorted([*folder.reports.glob("*.md"), *folder.reports.glob("*.html")])
    return [path for path in written if path.name != REPORT and (path.name in _CITING or _cites(path))]


def _living(folder: IncrementFolder) -> list[Path]:
    """Documents that live on: markdown of the increment that cites, and those `docs` in ml.json names that speak of it."""
    found = [
        path
        for path in sorted(folder.path.rglob("*.md"))
        if path.parent != folder.reports
        and path.name not in _PLANS
        and path.relative_to(folder.path).parts[0] not in _NOT_DOCUMENTS
        and _cites(path)
    ]
    return found + [path for path in _named_docs(folder) if folder.id in path.read_text("utf-8", errors="replace")]


def _named_docs(folder: IncrementFolder) -> list[Path]:
    try:
        patterns = Workspace(folder.root).settings.extra.get("docs", _DOCS)
    except SpecweaveError:
        patterns = _DOCS
    patterns = [patterns] if isinstance(patterns, str) else patterns
    found = {path for pattern in patterns if isinstance(pattern, str) for path in folder.root.glob(pattern.lstrip("/"))}
    return sorted(path for path in found if path.is_file() and path.suffix in (".md", ".markdown"))


def _of_report(path: Path, folder: IncrementFolder) -> list[str]:
    if not _cites(path):
        return ["its numbers no longer carry their evidence"]
    try:
        return [str(problem) for problem in check_document(path, folder)]
    except UnicodeDecodeError:
        return ["the report is not text any more"]


def _of_evaluation(
    folder: IncrementFolder, facts: dict[str, Any] | None, documents: list[Path]
) -> list[tuple[str, str]]:
    from specweave.evaluation.unedited import edited_documents, foreign_pictures

    if facts is None:
        return []
    markdown = [path for path in documents if path.suffix == ".md"]
    pictures = [(_shown(folder, path), said) for path in markdown for said in foreign_pictures(folder, facts, path)]
    return [*edited_documents(folder, facts), *pictures]


def _of_living(path: Path, folder: IncrementFolder) -> Iterator[str]:
    from specweave.evaluation.claims import unproven_claims

    content = path.read_text("utf-8", errors="replace")
    outside = not path.is_relative_to(folder.path)
    for line, source in cited_sources(content):
        if outside and ":" not in source:
            yield f"line {line}: the evidence {source} names no increment ({folder.id}:{source} would be this one)"
    for problem in check_document(path, folder):
        if not outside or ":" in problem.source or not problem.source:
            yield str(problem)
    yield from (str(claim) for claim in unproven_claims(content))


def _evaluation(folder: IncrementFolder) -> dict[str, Any] | None:
    try:
        found = read_json(folder.path / EVALUATION, default=None)
    except SpecweaveError:
        return None  # the checks of the evaluation name the damage
    return found if isinstance(found, dict) else None


def _shown(folder: IncrementFolder, path: Path) -> str:
    return within(folder, path if path.is_relative_to(folder.path) else path.relative_to(folder.root))


def _cites(path: Path) -> bool:
    """Whether the document holds a citation, be it a damaged one."""
    return "<!--ev" in path.read_text("utf-8", errors="replace").replace(" ", "")
