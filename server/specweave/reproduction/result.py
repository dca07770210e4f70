"""What a reproduction found; the report is rendered from it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Outcome = Literal["equal", "within tolerance", "differs"]
Verdict = Literal["reproduced exactly", "reproduced within tolerance", "not reproduced"]
ChangeKind = Literal[
    "data changed",
    "package changed",
    "code changed",
    "nondeterministic code",
    "missing file",
    "failed",
    "machine changed",
    "nothing recorded",
    "unexplained",
]


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class Item(_Fact):
    """One recorded thing beside the one of the new run."""

    what: Literal["metric", "param", "threshold", "file", "output"]
    name: str
    recorded: Any = None
    now: Any = None
    outcome: Outcome


class PredictionAgreement(_Fact):
    """Predictions row by row: `equal` to the last bit, `within` the tolerance, or `differing`.

    `largest` is the largest difference of a probability (or value); `labels_changed` counts rows with another class;
    `examples` are the first rows that differ: row, recorded, now.
    """

    n: int
    equal: int
    within: int
    differing: int
    labels_changed: int
    largest: float | None
    tolerance: float
    problem: str | None = None
    examples: tuple[dict[str, Any], ...] = ()

    @property
    def outcome(self) -> Outcome:
        if self.problem is not None or self.differing:
            return "differs"
        return "equal" if self.equal == self.n else "within tolerance"


class Change(_Fact):
    """Something that is not as it was when the experiment was recorded, and whether it explains a difference."""

    kind: ChangeKind
    sentence: str
    effect: Literal["cause", "possible cause", "no effect"] = "possible cause"


class Reproduction(_Fact):
    """A recorded experiment beside the same experiment run again in a clean process."""

    increment: str
    experiment: str
    verdict: Verdict
    sentence: str
    how: str
    tolerance: float
    items: tuple[Item, ...] = ()
    predictions: PredictionAgreement | None = None
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    exact_env: bool = False
    documents: tuple[str, ...] = ()

    @property
    def reproduced(self) -> bool:
        return self.verdict != "not reproduced"

    def count(self, outcome: Outcome) -> int:
        """How many items have this outcome."""
        return sum(item.outcome == outcome for item in self.items)

    def __str__(self) -> str:
        lines = [self.sentence, *(f"{c.kind} ({c.effect}): {c.sentence}" for c in self.changes), *self.notes]
        if self.documents:
            lines.append("Written: " + ", ".join(self.documents))
        return "\n".join(lines)
