"""plan.md: each thing the profile found, turned into a decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from specweave.increments.data_facts import RARE_CLASS, DataFacts, shares
from specweave.increments.parts import document, rendered_parts
from specweave.increments.spec_text import criterion_text
from specweave.problem import Problem
from specweave.rendering import number, percent

if TYPE_CHECKING:
    from specweave.data import Profile

_SMALL, _LARGE = 1_000, 200_000


@dataclass(frozen=True)
class Decision:
    """One line of the plan: what was found, and what is done about it."""

    topic: str
    found: str
    decision: str


def new_plan(identity: str, title: str, problem: Problem, profile: Profile | None) -> str:
    """A whole plan.md."""
    return document(f"---\nincrement: {identity}\n---\n\n# Plan: {title}", plan_parts(identity, problem, profile))


def plan_parts(identity: str, problem: Problem, profile: Profile | None) -> dict[str, str]:
    """The generated parts of plan.md by name."""
    data = DataFacts(profile, problem) if profile else None
    return rendered_parts(
        "plan.md",
        increment=identity,
        problem=problem,
        data=data,
        decisions=list(decisions(data)) if data else [],
        wishes=[criterion_text(criterion) for criterion in problem.success],
        percent=percent,
    )


def decisions(data: DataFacts) -> Iterator[Decision]:
    """What the profile found and what follows from it, in the order of the work."""
    for topic in (_size, _imbalance, _missing, _missing_codes, _many_values, _unused, _duplicates, _groups, _time):
        found = topic(data)
        if found:
            yield found


def _size(data: DataFacts) -> Decision | None:
    rows = data.profile.n_rows
    if rows < _SMALL:
        sealed = round(rows * data.problem.split.test_share)
        return Decision(
            "few rows",
            f"{number(rows)} rows, so about {number(sealed)} in the sealed test set.",
            "Simple models stand among the candidates; intervals will be wide, and a difference inside them decides nothing.",
        )
    if rows > _LARGE:
        return Decision(
            "many rows",
            f"{number(rows)} rows.",
            "Gradient boosting leads the candidates; those that do not scale with rows learn from a part of them.",
        )
    return None


def _imbalance(data: DataFacts) -> Decision | None:
    share = data.minority_share
    if share is None:
        return None
    if share >= RARE_CLASS:
        return Decision("balance", f"The rarest class is {percent(share)} of the rows.", "No weights are needed.")
    wishes = [c for c in data.problem.success if c.metric in ("precision", "recall", "f1")]
    goal = " and ".join(criterion_text(c) for c in wishes) or "the best F1"
    return Decision(
        "imbalance",
        f"The rarest class is {percent(share)} of the rows; always answering the other gives {percent(1 - share)} accuracy.",
        f"Accuracy decides nothing here. Candidates are tried with class weights, every fold keeps the classes' shares, and the "
        f"threshold is chosen on out-of-fold predictions for {goal}.",
    )


def _missing(data: DataFacts) -> Decision | None:
    if not data.missing:
        return None
    return Decision(
        "missing values",
        f"{len(data.missing)} used columns have them: {shares(data.missing)}.",
        "Filled inside the pipeline, learned from each fold's training part only; that a value was missing stays visible to the model.",
    )


def _missing_codes(data: DataFacts) -> Decision | None:
    found = data.hidden_missing
    if not found:
        return None
    return Decision(
        "hidden missing codes",
        " ".join(found),
        "Confirm with someone who knows the data; then add the marks to `ml.data.missing_marks` in spec.md and profile again.",
    )


def _many_values(data: DataFacts) -> Decision | None:
    if not data.many_valued:
        return None
    names = ", ".join(f"`{c.name}` ({number(c.n_distinct)})" for c in data.many_valued[:6])
    return Decision(
        "high cardinality",
        f"Categories with many values: {names}.",
        "Rare values are gathered, and encodings are learned inside each fold, so that a category does not carry its own rows' answers.",
    )


def _unused(data: DataFacts) -> Decision | None:
    if not data.left_out:
        return None
    names = "; ".join(f"`{column}`: {reason}" for column, reason in data.left_out[:8])
    return Decision(
        "columns left out",
        f"{names}.",
        "No model sees them; `ml.excluded` in spec.md says which more are not to be used.",
    )


def _duplicates(data: DataFacts) -> Decision | None:
    count = data.profile.n_duplicates
    if not count:
        return None
    return Decision(
        "duplicate rows",
        f"{number(count)} rows repeat another one.",
        "Equal rows stay on one side of the split, so that none is learned by heart and then asked.",
    )


def _groups(data: DataFacts) -> Decision | None:
    group = data.problem.split.group
    if data.problem.split.strategy != "group" or not group:
        return None
    return Decision(
        "groups",
        data.problem.split.reason or f"Rows belong together by `{group}`.",
        f"Rows with equal `{group}` stay on one side of the split and in one fold.",
    )


def _time(data: DataFacts) -> Decision | None:
    chosen = data.problem.split.time
    if data.problem.split.strategy == "time" and chosen:
        return Decision(
            "time",
            data.problem.split.reason or f"`{chosen}` orders the rows in time.",
            f"The sealed test set is the latest part by `{chosen}`, and folds are tested on what comes after their training part.",
        )
    if not data.times:
        return None
    names = ", ".join(f"`{c.name}`" for c in data.times[:4])
    if data.problem.split.strategy == "auto":
        return Decision(
            "time",
            f"{names} hold dates.",
            "Whether the order in time decides about the split is tested before it is sealed, and the reason written down.",
        )
    return Decision(
        "time",
        f"{names} hold dates.",
        f"The split goes by {data.problem.split.strategy}: {data.problem.split.reason or 'as spec.md says'}",
    )
