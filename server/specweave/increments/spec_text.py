"""The prose of spec.md: what is wanted, from what, how good, and what nobody knows yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specweave.documents import dump
from specweave.increments.data_facts import DataFacts, shares, used_columns
from specweave.increments.parts import document, rendered_parts
from specweave.increments.request import parse_request
from specweave.problem import Criterion, Problem
from specweave.rendering import percent
from specweave.spec_file import KEY, as_written

if TYPE_CHECKING:
    from specweave.data import Profile


def new_spec(identity: str, title: str, problem: Problem, profile: Profile | None, created: str) -> str:
    """A whole spec.md: front matter with the problem, then the generated parts."""
    front = dump({"increment": identity, "title": title, "type": "feature", "created": created})
    block = dump({KEY: as_written(problem)})
    return document(f"---\n{front}{block}---\n\n# {title}", spec_parts(identity, problem, profile))


def spec_parts(identity: str, problem: Problem, profile: Profile | None) -> dict[str, str]:
    """The generated parts of spec.md by name."""
    facts = parse_request(problem.request)
    return rendered_parts(
        "spec.md",
        increment=identity,
        problem=problem,
        data=DataFacts(profile, problem) if profile else None,
        subject=facts.subject,
        heading=facts.subject or problem.target or facts.title or "The request",
        criteria=acceptance_criteria(problem),
        success=[criterion_text(criterion) for criterion in problem.success],
        shares=shares,
        columns=used_columns,
        set_value=set_value,
        percent=percent,
    )


def acceptance_criteria(problem: Problem) -> list[tuple[str, str]]:
    """Id and text of each criterion; an id keeps its meaning when others come or go."""
    metric = f"`{problem.metric}`" if problem.metric else "the metric"
    texts = {
        1: "A test set is sealed before the first model is trained, and no model learns from its rows.",
        2: f"Baselines are recorded, and the best model removes at least {percent(problem.margin, 0)} of the best "
        f"baseline's remaining error in {metric}, beyond chance.",
        3: f"Every candidate is cross-validated on {problem.folds} folds; the best one's folds differ by a standard "
        "deviation of at most 0.1 (for errors: of 0.1 times their mean).",
        4: "No column that certainly gives the answer away is used.",
        5: f"The sealed test set is looked at no more than {_times(problem.look_budget)}, and every number in the reports equals its evidence.",
        6: f"One prediction takes at most {set_value(problem.constraints.latency_ms)} ms at the 95th percentile.",
    }
    if problem.constraints.explainable:
        texts[7] = "What the model relies on is explained, overall and for single predictions."
    if problem.success:
        wanted = " and ".join(criterion_text(criterion) for criterion in problem.success)
        texts[8] = f"On the sealed test set: {wanted}."
    return [(f"AC-US1-{n:02d}", text) for n, text in texts.items()]


def criterion_text(criterion: Criterion) -> str:
    """A success criterion as people read it: "`precision` ≥ 0.99"."""
    return f"`{criterion.metric}` {'≥' if criterion.comparison == '>=' else '≤'} {set_value(criterion.value)}"


def set_value(value: float) -> str:
    """A number a person has set, as it was set: 0.99, 25,000."""
    return f"{value:,.10g}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
