"""ML008: every number in a generated report equals the evidence it names."""

from __future__ import annotations

from pathlib import Path

from specweave.checks.base import Severity, Verdict, failed, not_applicable, passed
from specweave.checks.records import evaluate_model, within
from specweave.evidence import check_document
from specweave.workspace import IncrementFolder

_CITING = ("evaluation-report.md", "comparison.md")


class NumbersProven:
    """No cited number in the reports differs from the run, metric and hash it was taken from."""

    code = "ML008"
    title = "Report numbers equal their evidence"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        written = sorted([*folder.reports.glob("*.md"), *folder.reports.glob("*.html")])
        documents = [path for path in written if path.name in _CITING or _cites(path)]
        if not documents:
            return not_applicable("no report with evidence has been written yet", remedy=evaluate_model(folder))
        wrong = [(path, problem) for path in documents for problem in _problems(path, folder)]
        wrong += [(path, "its numbers no longer carry their evidence") for path in documents if not _cites(path)]
        if not wrong:
            return passed(
                f"The numbers of {len(documents)} reports equal their evidence.",
                *(within(folder, path) for path in documents),
            )
        more = f" And {len(wrong) - 3} more." if len(wrong) > 3 else ""
        return failed(
            " ".join(f"{within(folder, path)}: {problem.rstrip('.')}." for path, problem in wrong[:3]) + more,
            *dict.fromkeys(within(folder, path) for path, _ in wrong),
            remedy=evaluate_model(
                folder, "Restore the reports from version control; evaluating again writes them anew and costs a look"
            ),
        )


def _problems(path: Path, folder: IncrementFolder) -> list[str]:
    try:
        return [str(problem) for problem in check_document(path, folder)]
    except UnicodeDecodeError:
        return ["the report is not text any more"]


def _cites(path: Path) -> bool:
    """Whether the document holds a citation, be it a damaged one."""
    return "<!--ev" in path.read_text("utf-8", errors="replace").replace(" ", "")
