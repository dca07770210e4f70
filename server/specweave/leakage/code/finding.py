"""What a rule over code is and what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from specweave.leakage.code.trace import Trace

Severity = Literal["certain", "suspected", "note"]
WEIGHT: dict[str, int] = {"certain": 0, "suspected": 1, "note": 2}


class Place(BaseModel):
    """A line of a script, or of a cell of a notebook; both count from 1, cells with text between them included."""

    model_config = ConfigDict(frozen=True)

    line: int
    cell: int | None = None

    def __str__(self) -> str:
        return f"line {self.line}" if self.cell is None else f"cell {self.cell}, line {self.line}"


class Step(BaseModel):
    """One station of a flow: where, the source text, and what happens there."""

    model_config = ConfigDict(frozen=True)

    place: Place
    text: str
    what: str


class CodeFinding(BaseModel):
    """One leak in code.

    `certain` means that the flow of the data shows it; `suspected` that a person should look; `note` is worth a line and
    fails nothing. `flow` leads from where the rows come from to where they are used; `place` is where the fix belongs.
    """

    model_config = ConfigDict(frozen=True)

    rule: str
    severity: Severity
    place: Place
    sentence: str
    flow: tuple[Step, ...] = ()
    fix: str
    allowed_because: str | None = None

    @property
    def fails(self) -> bool:
        """Whether it stops a build: not a note, and nobody allowed it with a reason."""
        return self.severity != "note" and self.allowed_because is None


class Draft(BaseModel):
    """A finding as a rule writes it: lines are those of the whole program, `flow` holds (line, what happens)."""

    model_config = ConfigDict(frozen=True)

    severity: Severity
    line: int
    sentence: str
    flow: tuple[tuple[int, str], ...] = ()
    fix: str


class FileReport(BaseModel):
    """What one file was found to do. `skipped` names what could not be read, such as a cell in another language."""

    model_config = ConfigDict(frozen=True)

    file: str
    findings: tuple[CodeFinding, ...] = ()
    skipped: tuple[str, ...] = ()
    fits: int = 0
    scores: int = 0

    @property
    def fails(self) -> bool:
        return any(finding.fails for finding in self.findings)


class Rule(Protocol):
    """One way in which code leaks; registered under the entry points `specweave.code_leaks` by its code."""

    code: str
    title: str

    def examine(self, trace: Trace) -> list[Draft]:
        """The leaks in what the code did; none when there are none."""
        ...
