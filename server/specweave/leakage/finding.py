"""What a detector is and what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from specweave.leakage.material import Material

Severity = Literal["certain", "suspected", "note"]


class Finding(BaseModel):
    """One leak, or one thing a careful person would want to know.

    `certain` means that the evidence is exact or overwhelming: a caller may exclude `columns` without asking.
    `suspected` asks a person to decide. `note` is worth a line and changes nothing.
    `columns` is empty when the finding is about rows. `evidence` holds plain JSON values.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    columns: tuple[str, ...]
    severity: Severity
    sentence: str
    evidence: dict[str, Any]
    remedy: str


class NotApplicable(Exception):  # noqa: N818 - it is an answer, not an error
    """Raised by a detector that has nothing to look at; its text completes "not applicable because …"."""


class Detector(Protocol):
    """One way in which data leak; registered under the entry points `specweave.leaks` by its code."""

    code: str
    title: str

    def examine(self, material: Material) -> list[Finding]:
        """The leaks found, none when there are none; raises NotApplicable with the reason when it cannot look."""
        ...


class Examination(BaseModel):
    """What one detector answered."""

    model_config = ConfigDict(frozen=True)

    code: str
    title: str
    verdict: Literal["found", "clear", "not applicable"]
    reason: str = ""
    findings: tuple[Finding, ...] = ()
