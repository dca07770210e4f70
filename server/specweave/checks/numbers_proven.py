"""ML008: every number in a generated report equals the evidence it names."""

from __future__ import annotations

from specweave.checks.base import Severity, Verdict, failed, not_applicable, passed
from specweave.checks.records import evaluate_model, within
from specweave.workspace import IncrementFolder


class NumbersProven:
    """No cited number in reports/*.md differs from the run, metric and hash it was taken from."""

    code = "ML008"
    title = "Report numbers equal their evidence"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        from specweave.evidence import check_document

        documents = sorted(folder.reports.glob("*.md"))
        if not documents:
            return not_applicable("no report has been written yet", remedy=evaluate_model(folder))
        wrong = [(path, problem) for path in documents for problem in check_document(path, folder)]
        if not wrong:
            return passed(
                f"The numbers of {len(documents)} reports equal their evidence.",
                *(within(folder, path) for path in documents),
            )
        more = f" And {len(wrong) - 3} more." if len(wrong) > 3 else ""
        return failed(
            " ".join(f"{within(folder, path)}: {problem}" for path, problem in wrong[:3]) + more,
            *dict.fromkeys(within(folder, path) for path, _ in wrong),
            remedy=evaluate_model(folder, "Restore the reports from version control, or write them anew"),
        )
