"""What spec.md and plan.md say about the data, taken out of a profile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from specweave.errors import listing
from specweave.problem import Problem
from specweave.rendering import number, percent

if TYPE_CHECKING:
    from specweave.data import ColumnProfile, Profile

RARE_CLASS = 0.2
_DECIDED = (
    "constant-columns",
    "drift",
    "duplicate-rows",
    "empty-columns",
    "few-rows",
    "groups",
    "hidden-missing",
    "high-cardinality",
    "id-columns",
    "imbalance",
    "missing",
    "target-capped",
    "target-skewed",
    "time",
)


@dataclass(frozen=True)
class DataFacts:
    """One view of a profile under a problem: which columns are used, which are not and why.

    `recorded` is what training left out, with its reasons; before training the columns' roles tell.
    """

    profile: Profile
    problem: Problem
    recorded: Mapping[str, str] = field(default_factory=dict)

    @property
    def used(self) -> list[ColumnProfile]:
        """Columns a model may see."""
        out = {column for column, _ in self.left_out}
        return [c for c in self.profile.columns if c.name not in out and c.name != self.problem.target]

    @property
    def left_out(self) -> list[tuple[str, str]]:
        """Columns no model sees, with the reason: those excluded in spec.md first, then what the kind drops."""
        said = [(excluded.column, excluded.reason) for excluded in self.problem.excluded]
        named = {column for column, _ in said} | {self.problem.target}
        reasons = self.recorded or _reasons_by_role(self.profile, self.problem.kind)
        return said + [(c.name, reasons[c.name]) for c in self.profile.columns if c.name in reasons.keys() - named]

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
        """Used columns with more categories than a column each can stand for."""
        return [column for column in self.used if column.high_cardinality]

    @property
    def coded(self) -> list[ColumnProfile]:
        """Used columns in which a number seems to stand for "not known"."""
        return [column for column in self.used if column.hidden_codes]

    @property
    def minority_share(self) -> float | None:
        """The share of the rarest class; nothing for a number to be predicted, or before the target is named."""
        target = self.profile.target
        return None if target is None else target.minority_share

    @property
    def target_sentence(self) -> str:
        """What the target's values look like, or nothing before it is named."""
        target = self.profile.target
        if target is None:
            return ""
        if self.problem.task != "regression" and target.classes:
            shown = listing((f"`{c.value}` {percent(c.share)}" for c in target.classes), limit=6)
            return f"Its values: {shown}."
        column = self.profile.column(target.name)
        if column.quantiles.get("0.5") is None:
            return ""
        return f"Values from {_value(column.minimum)} to {_value(column.maximum)}, median {_value(column.quantiles['0.5'])}."

    @property
    def warnings(self) -> list[str]:
        """What the profile found to be wrong or risky, without what the decisions take up."""
        found = (f for f in self.profile.findings if f.severity != "note" and f.code not in _DECIDED)
        return [finding.sentence for finding in found]


def _value(value: float | str | None) -> str:
    return str(value) if isinstance(value, str) else number(value)


_ROLE_REASONS = {
    "id": "an identifier: it names the row and says nothing about the next one",
    "constant": "the same value in every row",
    "empty": "no value in any row",
}


def _reasons_by_role(profile: Profile, kind: str) -> dict[str, str]:
    """What the kind will leave out, foreseen from the columns' roles."""
    reasons = dict(_ROLE_REASONS)
    if kind == "tabular":
        from specweave.problems.tabular.columns import LEFT_OUT

        reasons["text"] = LEFT_OUT["text"]
    return {column.name: reasons[column.role] for column in profile.columns if column.role in reasons}


def shares(columns: list[ColumnProfile], limit: int = 6) -> str:
    """Columns with their missing share: "`Age` 19.9 %, `Cabin` 77.1 %"."""
    return listing((f"`{c.name}` {percent(c.missing_share)}" for c in columns), limit=limit)


def used_columns(count: int) -> str:
    return "1 used column" if count == 1 else f"{count} used columns"
