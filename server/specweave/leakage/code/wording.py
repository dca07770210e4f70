"""Reports about code as plain text."""

from __future__ import annotations

from specweave.leakage.code.finding import CodeFinding, FileReport


def told(reports: list[FileReport]) -> str:
    """The verdict first, then each finding with its flow and the fix, what a person allowed, and what was not read."""
    open_ones = [finding for report in reports for finding in report.findings if finding.fails]
    files = sum(report.fails for report in reports)
    among = _many(len(reports), "file")
    verdict = f"{_many(len(open_ones), 'leak')} in {files} of {among}." if open_ones else f"No leak in {among}."
    return "\n".join([verdict, *(line for report in reports for line in _file(report))])


def sentence(report: FileReport, finding: CodeFinding) -> str:
    """A finding in one line: where and what."""
    return f"{report.file}, {finding.place}: {finding.sentence}"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _file(report: FileReport) -> list[str]:
    lines = []
    for finding in report.findings:
        lines += ["", f"{report.file}, {finding.place}: {finding.rule} ({finding.severity})", f"  {finding.sentence}"]
        lines += [f"    {step.place}: {step.text}   ← {step.what}" for step in finding.flow]
        lines.append(
            f"  Allowed because {finding.allowed_because}" if finding.allowed_because else f"  Fix: {finding.fix}"
        )
    return [*lines, *(f"{report.file}: not read: {reason}" for reason in report.skipped)]
