"""What a check is: a code, a title, a severity, and one question about an increment answered with evidence.

A check is registered as an entry point and needs three cases in its tests: fires, stays silent, cannot tell.

    [project.entry-points."specweave.checks"]
    baseline_present = "specweave.checks.baseline_present:BaselinePresent"
"""

from __future__ import annotations

import json
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from specweave.workspace import IncrementFolder

Severity = Literal["error", "warning"]
Outcome = Literal["passed", "failed", "warned", "not applicable"]


class NextStep(BaseModel):
    """What to do next: a sentence, and the tool call that does it where a tool can."""

    model_config = ConfigDict(frozen=True)

    sentence: str
    tool: str | None = None
    arguments: dict[str, Any] = {}

    @property
    def call(self) -> str:
        """The call as it would be written, such as `evaluate_model(increment="0042-churn")`."""
        if self.tool is None:
            return "no tool: a person decides"
        given = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in self.arguments.items())
        return f"{self.tool}({given})"

    def __str__(self) -> str:
        return f"{self.sentence.rstrip('.')}: {self.call}." if self.tool else f"{self.sentence.rstrip('.')}."


class Verdict(BaseModel):
    """What a check found: the outcome, the sentence that says it, the files that prove it, the cure."""

    model_config = ConfigDict(frozen=True)

    outcome: Outcome
    sentence: str
    evidence: tuple[str, ...] = ()
    remedy: NextStep | None = None


def passed(sentence: str, *evidence: str) -> Verdict:
    """The practice is kept."""
    return Verdict(outcome="passed", sentence=sentence, evidence=evidence)


def failed(sentence: str, *evidence: str, remedy: NextStep) -> Verdict:
    """The practice is broken; `remedy` mends it."""
    return Verdict(outcome="failed", sentence=sentence, evidence=evidence, remedy=remedy)


def warned(sentence: str, *evidence: str, remedy: NextStep) -> Verdict:
    """Something a person should look at, which does not stop the work."""
    return Verdict(outcome="warned", sentence=sentence, evidence=evidence, remedy=remedy)


def not_applicable(because: str, *evidence: str, remedy: NextStep | None = None) -> Verdict:
    """The question cannot be asked; `because` goes on after "not applicable because", `remedy` makes it askable."""
    return Verdict(outcome="not applicable", sentence=because, evidence=evidence, remedy=remedy)


@runtime_checkable
class Check(Protocol):
    """One enforced practice. Built without arguments; reads the increment and changes nothing in it."""

    code: str
    """Two or more capitals and three digits, `ML001`; never reused."""
    title: str
    """What is enforced, three to eight words."""
    severity: Severity
    """With `warning`, a failed verdict counts as warned and does not stop completion."""

    def run(self, folder: IncrementFolder) -> Verdict: ...


class CheckResult(BaseModel):
    """The verdict of one check in a run over an increment."""

    model_config = ConfigDict(frozen=True)

    code: str
    title: str
    severity: Severity
    verdict: Literal["passed", "failed", "warned", "not applicable", "muted"]
    sentence: str
    evidence: tuple[str, ...] = ()
    remedy: NextStep | None = None
    muted_because: str | None = None
    muted_by: str | None = None
    """Who put the muting on record, and when."""
    unmuted_verdict: Outcome | None = None
    """What a muted check found all the same."""
