"""The prose of spec.md: what is wanted, from what, how good, and what nobody knows yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from specweave.documents import dump
from specweave.increments.criteria import acceptance_criteria, criterion_text, set_value
from specweave.increments.data_facts import DataFacts, shares, used_columns
from specweave.increments.parts import document, rendered_parts
from specweave.increments.request import parse_request
from specweave.problem import Problem
from specweave.rendering import percent
from specweave.spec_file import KEY, as_written

if TYPE_CHECKING:
    from specweave.data import Profile


def new_spec(identity: str, title: str, problem: Problem, profile: Profile | None, created: str) -> str:
    """A whole spec.md: front matter with the problem, then the generated parts."""
    front = dump({"increment": identity, "title": title, "type": "feature", "created": created})
    block = dump({KEY: as_written(problem)})
    return document(f"---\n{front}{block}---\n\n# {title}", spec_parts(identity, problem, profile))


def spec_parts(
    identity: str, problem: Problem, profile: Profile | None, left_out: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The generated parts of spec.md by name; `left_out` are the columns training left out, with its reasons."""
    facts = parse_request(problem.request)
    return rendered_parts(
        "spec.md",
        increment=identity,
        problem=problem,
        data=DataFacts(profile, problem, left_out or {}) if profile else None,
        subject=facts.subject,
        heading=facts.subject or problem.target or facts.title or "The request",
        criteria=acceptance_criteria(problem),
        success=[criterion_text(criterion) for criterion in problem.success],
        shares=shares,
        columns=used_columns,
        set_value=set_value,
        percent=percent,
    )
