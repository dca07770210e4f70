"""ML017: an increment is completed by its checks, and its summary is the one they wrote."""

from __future__ import annotations

import hashlib
from typing import Any

from specweave.checks.base import NextStep, Severity, Verdict, failed, not_applicable, passed
from specweave.witness_file import own_lines
from specweave.workspace import IncrementFolder

KEY = "completion_sha256"
SUMMARY = "reports/COMPLETION-SUMMARY.md"


class CompletionEarned:
    """The status completed was given by complete_increment, which the project's witness saw, and the summary is unedited."""

    code = "ML017"
    title = "Completed by its checks"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        if folder.metadata().get("status") != "completed":
            return not_applicable("the increment is not completed")
        seen = _last(folder)
        if seen is None:
            return failed(
                "metadata.json says completed, and complete_increment did not say so: the status was written by hand.",
                "metadata.json",
                remedy=_remedy(folder),
            )
        path = folder.path / SUMMARY
        if not path.is_file():
            return failed("The completion summary is gone.", SUMMARY, remedy=_remedy(folder))
        if hashlib.sha256(path.read_bytes()).hexdigest() != seen[KEY]:
            return failed(
                "The completion summary is not the one complete_increment wrote.", SUMMARY, remedy=_remedy(folder)
            )
        how = "by a person's decision, with checks failing" if seen.get("override") else "with no check failing"
        return passed(f"Completed {how}; the summary is unedited.", SUMMARY)


def _last(folder: IncrementFolder) -> dict[str, Any] | None:
    seen = [line for line in own_lines(folder) if KEY in line]
    return seen[-1] if seen else None


def _remedy(folder: IncrementFolder) -> NextStep:
    return NextStep(
        sentence='Restore the files from version control; or set `"status": "active"` in metadata.json and complete it again',
        tool="complete_increment",
        arguments={"increment": folder.id},
    )
