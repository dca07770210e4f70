"""All registered checks over one increment, and the report of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from specweave.checks.base import Check, CheckResult, NextStep, Verdict, failed
from specweave.checks.mission import mission
from specweave.checks.muting import Muting, mutings
from specweave.errors import SpecweaveError, shorten
from specweave.extensions import extensions
from specweave.problem import Problem
from specweave.rendering import render
from specweave.spec_file import read_problem
from specweave.workspace import IncrementFolder, write_text

REPORT = "validation-report.md"


def registered_checks() -> list[Check]:
    """One of each check installed here, by code."""
    return sorted((build() for build in extensions("checks").values()), key=lambda check: check.code)


def run_checks(folder: IncrementFolder, checks: Iterable[Check] | None = None) -> list[CheckResult]:
    """The result of every check, by code; a check that crashes has failed, with its error as the sentence."""
    silenced = mutings(folder, _problem(folder))
    chosen = registered_checks() if checks is None else checks
    return sorted((_result(check, folder, silenced.get(check.code)) for check in chosen), key=lambda r: r.code)


def any_failed(results: Iterable[CheckResult]) -> bool:
    """Whether a check that nobody silenced has failed."""
    return any(result.verdict == "failed" for result in results)


def write_validation_report(folder: IncrementFolder, results: list[CheckResult]) -> Path:
    """Write reports/validation-report.md; its path."""
    text = render(
        "specweave.checks",
        REPORT,
        increment=folder.id,
        results=results,
        counts=_counts(results),
        mission=mission(folder, results),
    )
    return write_text(folder.reports / REPORT, text)


def _result(check: Check, folder: IncrementFolder, muting: Muting | None) -> CheckResult:
    verdict = _verdict(check, folder)
    outcome = verdict.outcome
    if outcome == "failed" and check.severity == "warning":
        outcome = "warned"
    facts = {
        "code": check.code,
        "title": check.title,
        "severity": check.severity,
        "evidence": verdict.evidence,
        "remedy": verdict.remedy,
    }
    if muting and not muting.invalid:
        return CheckResult(
            verdict="muted",
            sentence=f"Muted in {muting.place} by {muting.by}: {muting.reason.rstrip('.')}. Without that: {outcome}. {verdict.sentence}",
            muted_because=muting.reason,
            muted_by=muting.by,
            unmuted_verdict=outcome,
            **facts,
        )
    unheard = f" Muting in {muting.place} has no effect: {muting.invalid}." if muting else ""
    return CheckResult(verdict=outcome, sentence=verdict.sentence + unheard, **facts)


def _verdict(check: Check, folder: IncrementFolder) -> Verdict:
    try:
        return check.run(folder)
    except SpecweaveError as error:
        cure = NextStep(sentence=error.next_step or "Correct the file named above and run the checks again")
        what = error.what if error.value is None else f"{error.what} ({shorten(error.value)})"
        return failed(f"{what.rstrip('.')}.", remedy=cure)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong inside must be seen, not hide the other checks
        return failed(
            f"The check itself broke off: {type(error).__name__}: {shorten(error)}.",
            remedy=NextStep(sentence=f"Report the error to the author of {type(check).__module__}"),
        )


def _problem(folder: IncrementFolder) -> Problem | None:
    try:
        return read_problem(folder)
    except SpecweaveError:
        # Each check that needs the problem reports it in its own words.
        return None


def _counts(results: list[CheckResult]) -> dict[str, int]:
    order = ("failed", "warned", "muted", "not applicable", "passed")
    return {name: sum(result.verdict == name for result in results) for name in order}
