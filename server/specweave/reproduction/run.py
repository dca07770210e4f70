"""What every way of running an experiment again has in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from specweave.reproduction.result import Change


@dataclass(frozen=True)
class Rerun:
    """One new run: the folder of its record, or why it has none; and what was found to have changed on the way."""

    record: Path | None = None
    failed: str | None = None
    changes: list[Change] = field(default_factory=list)


class Stage(Protocol):
    """A recorded experiment set up to run again, as often as it takes to explain a difference.

    `changes` were found while setting up; `data_differ` tells that the first run reads other rows than were recorded and
    that `run_on_recorded_data` can run on those.
    """

    how: str
    changes: list[Change]
    data_differ: bool

    def environment(self, python: Path) -> dict[str, str]:
        """The variables the run sees."""
        ...

    def run(self, python: Path) -> Rerun:
        """Run it once more."""
        ...

    def run_on_recorded_data(self, python: Path) -> Rerun:
        """Run it on the data as recorded."""
        ...
