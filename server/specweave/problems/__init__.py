"""Problem kinds: what differs between a table, a ranking and a forecast, behind one protocol."""

from specweave.problems.base import Attempt, Column, Folds, NotApplicable, ProblemKind, problem_kind

__all__ = ["Attempt", "Column", "Folds", "NotApplicable", "ProblemKind", "problem_kind"]
