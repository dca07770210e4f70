"""How a run of the user's code ended."""

from __future__ import annotations

import signal
from dataclasses import dataclass

TAIL_LINES = 400
_TAIL_CHARACTERS = 64_000
_REASON_LINES = 3


@dataclass(frozen=True)
class Ending:
    """Exit code (0 is success; negative: the signal that ended it), wall time in seconds, last output, why it failed."""

    exit_code: int
    seconds: float
    output: str
    reason: str | None = None

    @property
    def failed(self) -> bool:
        return self.exit_code != 0


def reason_for(exit_code: int, errors: str) -> str:
    """One sentence on a failed process: its exit code or signal, and the last lines of its standard error."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()][-_REASON_LINES:]
    return f"{_how(exit_code)}: {' | '.join(lines)}" if lines else _how(exit_code)


def last_part(text: str) -> str:
    """The end of the text, as much of it as a record keeps."""
    return text if len(text) <= _TAIL_CHARACTERS else "…" + text[-_TAIL_CHARACTERS:]


def _how(exit_code: int) -> str:
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = str(-exit_code)
    return f"ended by {name}" + (", often for want of memory" if name == "SIGKILL" else "")
