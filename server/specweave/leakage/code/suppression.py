"""What a person allowed in the code itself: `# sw-ml: allow RULE because REASON`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from specweave.leakage.code.program import Program

_COMMENT = re.compile(r"#\s*sw-ml:\s*allow\s+(?P<rule>[\w-]+)(?:\s+because:?\s+(?P<reason>\S.*?))?\s*$")


@dataclass(frozen=True)
class Allowance:
    """A comment that allows a rule on its own line, or on the next one when it stands alone."""

    rule: str
    line: int
    reason: str | None


def allowances(program: Program) -> list[Allowance]:
    """All such comments of a program; those without a reason allow nothing."""
    found = []
    for line, text in program.lines():
        match = _COMMENT.search(text)
        if match:
            alone = text.strip().startswith("#")
            found.append(Allowance(match["rule"], line + 1 if alone else line, match["reason"]))
    return found
