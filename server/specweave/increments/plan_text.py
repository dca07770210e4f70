"""plan.md: each thing the profile found, turned into a decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from specweave.errors import listing
from specweave.increments.criteria import criterion_text, set_value
from specweave.increments.data_facts import RARE_CLASS, DataFacts, shares, used_columns
from specweave.increments.parts import document, rendered_parts
from specweave.problem import Problem
from specweave.rendering import number, percent

if TYPE_CHECKING:
    from specweave.data import Profile

_SMALL, _LARGE = 1_000, 200_000
_SKEWED = 2.0


@dataclass(frozen=True)
class Decision:
    """One line of the plan: what was found, and what is done about it."""

    topic: str
    found: str
    decision: str


def new_plan(identity: str, title: str, problem: Problem, profile: Profile | None) -> str:
    """A whole plan.md."""
    return document(f"---\nincrement: {identity}\n---\n\n# Plan: {title}", plan_parts(identity, problem, profile))


def plan_parts(
    identity: str,
    problem: Problem,
    profile: Profile | None,
    leaks: Sequence[Mapping[str, Any]] | None = None,
    left_out: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The generated parts of plan.md by name.

    `leaks` are the findings of data/leaks.json, None before the search; `left_out` are the columns training left out.
    """
    data = DataFacts(profile, problem, left_out or {}) if profile else None
    return rendered_parts(
        "plan.md",
        increment=identity,
        problem=problem,
        data=data,
        leaks=None if leaks is None else [_leak(found) for found in leaks if found.get("severity") != "note"],
        decisions=list(decisions(data)) if data else [],
        wishes=[criterion_text(criterion) for criterion in problem.success],
        percent=percent,
    )


def _leak(found: Mapping[str, Any]) -> str:
    """A finding as one line: how sure, what, and what to do."""
    cure = str(found.get("remedy") or "").strip()
    return f"{str(found.get('severity')).capitalize()}: {found.get('sentence')} {cure[:1].upper()}{cure[1:]}".strip()


def decisions(data: DataFacts) -> Iterator[Decision]:
    """What the profile found and what follows from it, in the order of the work."""
    for topic in _TOPICS:
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
        f"{used_columns(len(data.missing))} with them: {shares(data.missing)}.",
        "Filled inside the pipeline, learned from each fold's training part only; that a value was missing stays visible to the model.",
    )


def _missing_codes(data: DataFacts) -> Decision | None:
    if not data.coded:
        return None
    codes = [
        f"{set_value(code.value)} in `{column.name}` ({number(code.count)} rows, {code.reason})"
        for column in data.coded
        for code in column.hidden_codes
    ]
    return Decision(
        "hidden missing codes",
        f'These may stand for "not known": {listing(codes, limit=6)}.',
        "Confirm with someone who knows the data; then add the marks to `ml.data.missing_marks` in spec.md and profile again.",
    )


def _many_values(data: DataFacts) -> Decision | None:
    if not data.many_valued:
        return None
    names = ", ".join(f"`{c.name}` ({number(c.distinct)})" for c in data.many_valued[:6])
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
    count = max(data.profile.duplicate_rows, data.profile.duplicate_rows_without_ids)
    if not count:
        return None
    apart = " when identifiers are left out" if count > data.profile.duplicate_rows else ""
    return Decision(
        "duplicate rows",
        f"{number(count)} rows repeat an earlier one{apart}.",
        "Equal rows stay on one side of the split, so that none is learned by heart and then asked.",
    )


def _groups(data: DataFacts) -> Decision | None:
    split, candidates = data.problem.split, data.profile.groups
    if split.strategy == "group" and split.group:
        return Decision(
            "groups",
            split.reason or f"Rows belong together by `{split.group}`.",
            f"Rows with equal `{split.group}` stay on one side of the split and in one fold.",
        )
    if not candidates:
        return None
    found = "; ".join(
        f"`{c.column}` ties rows together ({number(c.groups)} groups, {c.reason})" for c in candidates[:3]
    )
    decision = (
        "Whether a model gains from having seen the group is measured before the split is sealed."
        if split.strategy == "auto"
        else _chosen_otherwise(data.problem)
    )
    return Decision("groups", f"{found}.", decision)


def _time(data: DataFacts) -> Decision | None:
    chosen = data.problem.split.time
    if data.problem.split.strategy == "time" and chosen:
        return Decision(
            "time",
            data.problem.split.reason or f"`{chosen}` orders the rows in time.",
            f"The sealed test set is the latest part by `{chosen}`, and folds are tested on what comes after their training part.",
        )
    times = data.profile.time_columns
    if not times:
        return None
    found = f"{listing(f'`{name}`' for name in times)} order the rows in time."
    if data.problem.split.strategy == "auto":
        return Decision(
            "time", found, "Whether later rows are harder than others is measured before the split is sealed."
        )
    return Decision("time", found, _chosen_otherwise(data.problem))


def _chosen_otherwise(problem: Problem) -> str:
    """That another split was chosen, and why."""
    ways = {
        "random": "at random",
        "stratified": "at random with equal shares of the classes",
        "group": "by group",
        "time": "by time",
    }
    return (
        f"The rows are split {ways[problem.split.strategy]} all the same: {problem.split.reason or 'spec.md says so.'}"
    )


def _drift(data: DataFacts) -> Decision | None:
    moved = [d for d in data.profile.drift if d.value > d.expected]
    if not moved:
        return None
    names = listing((f"`{d.column}` ({d.first} → {d.second})" for d in moved), limit=4)
    return Decision(
        "drift",
        f"The first and the second half of the rows differ, by {moved[0].order}: {names}.",
        "A random split would hide it; the reports are read with that in mind, and the split by time is weighed.",
    )


def _target(data: DataFacts) -> Decision | None:
    target = data.profile.target
    if target is None or target.task != "regression":
        return None
    if target.capped_share:
        return Decision(
            "capped target",
            f"{percent(target.capped_share)} of `{target.name}` stand at {number(target.capped_at)}, the highest value there is.",
            "The true values above are not known; errors near the cap are judged apart.",
        )
    if target.skew is not None and abs(target.skew) > _SKEWED:
        return Decision(
            "skewed target",
            f"`{target.name}` is skewed ({number(target.skew)}): a few large values weigh most in squared errors.",
            "`mae` is reported beside `rmse`; which of the two decides is the person's choice, `ml.metric`.",
        )
    return None


_TOPICS = (
    _size,
    _imbalance,
    _target,
    _missing,
    _missing_codes,
    _many_values,
    _unused,
    _duplicates,
    _groups,
    _time,
    _drift,
)
