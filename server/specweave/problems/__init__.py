"""Problem kinds: what differs between a table, a ranking and a forecast, behind one protocol."""

from specweave.problems.base import Attempt, Column, Folds, NotApplicable, ProblemKind, problem_kind
from specweave.problems.candidates import check_candidates, spelled, unknown_candidate
from specweave.problems.criteria import check_criteria

__all__ = [
    "Attempt",
    "Column",
    "Folds",
    "NotApplicable",
    "ProblemKind",
    "check_candidates",
    "check_criteria",
    "problem_kind",
    "spelled",
    "unknown_candidate",
]
