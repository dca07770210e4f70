"""What spec.md and plan.md say about the data, taken out of a profile."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from specweave.errors import listing
from specweave.problem import Problem
from specweave.rendering import percent

if TYPE_CHECKING:
    from specweave.data import ColumnProfile, Profile

HIGH_CARDINALITY = 50
RARE_CLASS = 0.2
_UNUSED_ROLES = ("id", "constant", "empty")
_MISSING_CODES = ("hidden-missing",)


@dataclass(frozen=True)
class DataFacts:
    """One view of a profile under a problem: which columns are used, which are not and why."""

    profile: Profile
    problem: Problem

    @property
    def used(self) -> list[ColumnProfile]:
        """Columns a model may see."""
        out = {column for column, _ in self.left_out}
        return [c for c in self.profile.columns if c.name not in out and c.name != self.problem.target]

    @property
    def left_out(self) -> list[tuple[str, str]]:
        """Columns no model sees, with the reason: those excluded in spec.md first, then useless roles."""
        said = [(excluded.column, excluded.reason) for excluded in self.problem.excluded]
        named = {column for column, _ in said} | {self.problem.target}
        return said + [
            (c.name, _ROLE_REASONS[c.role])
            for c in self.profile.columns
            if c.role in _UNUSED_ROLES and c.name not in named
        ]

    @property
    def roles(self) -> str:
        """The used columns counted by role: "12 numeric, 3 categorical"."""
        counts = Counter(column.role for column in self.used)
        return ", ".join(f"{n} {role}" for role, n in counts.most_common())

    @property
    def missing(self) -> list[ColumnProfile]:
        """Used columns with missing values, the emptiest first."""
        return sorted((c for c in self.used if c.missing_share > 0), key=lambda c: -c.missing_share)

    @property
    def many_valued(self) -> list[ColumnProfile]:
        """Used categorical columns with more distinct values than a column each can stand for."""
        return [c for c in self.used if c.role == "categorical" and c.n_distinct > HIGH_CARDINALITY]

    @property
    def minority_share(self) -> float | None:
        """The share of the rarest class; nothing for a number to be predicted, or before the target is named."""
        target = self.profile.target
        return None if target is None else target.minority_share

    @property
    def hidden_missing(self) -> list[str]:
        """What the profile says about values that look like codes for "missing"."""
        return [f.sentence for f in self.profile.findings if f.code in _MISSING_CODES]

    @property
    def warnings(self) -> list[tuple[str, str]]:
        """The profile's findings the other parts of the plan do not take up."""
        return [(f.severity, f.sentence) for f in self.profile.findings if f.code not in _MISSING_CODES]

    @property
    def times(self) -> list[ColumnProfile]:
        return [c for c in self.profile.columns if c.role == "datetime"]


_ROLE_REASONS = {
    "id": "an identifier: it names the row and says nothing about the next one",
    "constant": "the same value in every row",
    "empty": "no value in any row",
}


def shares(columns: list[ColumnProfile], limit: int = 6) -> str:
    """Columns with their missing share: "`Age` 19.9 %, `Cabin` 77.1 %"."""
    return listing((f"`{c.name}` {percent(c.missing_share)}" for c in columns), limit=limit)
