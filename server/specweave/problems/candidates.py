"""The names a training can be asked for, and one spelling of them."""

from __future__ import annotations

from collections.abc import Iterable

from specweave.errors import ProblemError, listing, suggestion
from specweave.problems.base import problem_kind


def spelled(name: str) -> str:
    """The one spelling of a family's or a candidate's name: `hist_boosting` and `Hist-Boosting` are `hist-boosting`."""
    return name.strip().lower().replace("_", "-")


def check_candidates(kind: str, wanted: Iterable[str]) -> None:
    """Raise ProblemError for the first name no candidate of the kind can have; needs no data.

    A configuration of a known family, `lightgbm-slow`, is left to the training, which knows the table.
    """
    names = [spelled(name) for name in problem_kind(kind).candidate_names()]
    for name in wanted:
        if spelled(name) not in names and not spelled(name).startswith(tuple(f"{known}-" for known in names)):
            raise unknown_candidate(name, names)


def unknown_candidate(name: str, names: Iterable[str]) -> ProblemError:
    """The error that lists the names there are, each once."""
    known = sorted({spelled(one) for one in names})
    return ProblemError(
        "No candidate by that name",
        value=name,
        allowed=listing(known, limit=30),
        next_step=suggestion(spelled(name), known),
    )
