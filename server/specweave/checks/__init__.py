"""Enforced practices: each check asks one question of an increment and answers with evidence."""

from specweave.checks.base import (
    Check,
    CheckResult,
    NextStep,
    Outcome,
    Severity,
    Verdict,
    failed,
    not_applicable,
    passed,
    warned,
)
from specweave.checks.mission import MissionItem, mission
from specweave.checks.running import any_failed, registered_checks, run_checks, write_validation_report

__all__ = [
    "Check",
    "CheckResult",
    "MissionItem",
    "NextStep",
    "Outcome",
    "Severity",
    "Verdict",
    "any_failed",
    "failed",
    "mission",
    "not_applicable",
    "passed",
    "registered_checks",
    "run_checks",
    "warned",
    "write_validation_report",
]
