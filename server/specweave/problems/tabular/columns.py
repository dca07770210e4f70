"""Which columns a model reads, and how; each column left out has its reason."""

from __future__ import annotations

import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

from specweave.errors import ProblemError
from specweave.problem import Problem
from specweave.problems.base import Column

MANY = 30
NEARLY_UNIQUE = 0.9
LEFT_OUT = {
    "id": "an identifier: it names the row and says nothing about the next one",
    "constant": "constant",
    "empty": "empty",
    "text": "free text, which a table model does not read",
}


def plan_columns(
    problem: Problem, training: pd.DataFrame, roles: dict[str, str], *, group: str | None = None
) -> tuple[list[Column], dict[str, str]]:
    """The columns to read, judged on training rows, and the reason for each of the others.

    Raises ProblemError when none is left.
    """
    excluded = {e.column: e.reason for e in problem.excluded}
    kept: list[Column] = []
    left_out: dict[str, str] = {}
    for name in map(str, training.columns):
        if name == problem.target:
            continue
        reason = excluded.get(name) or _unfit(training[name], roles.get(name))
        if name == group:
            reason = "names the group, and new groups are to be predicted"
        if reason:
            left_out[name] = reason
        else:
            kept.append(_column(name, training[name]))
    if not kept:
        raise ProblemError(
            "No column is left to learn from",
            value="; ".join(f"{name}: {reason}" for name, reason in left_out.items()),
            next_step="correct `excluded` in spec.md, or name a table with more columns",
        )
    return kept, left_out


def _unfit(column: pd.Series, role: str | None) -> str | None:
    distinct, known = column.nunique(), int(column.notna().sum())
    if known == 0:
        return "empty on the training rows"
    if distinct == 1 and known == len(column):
        return "constant on the training rows"
    if role in ("id", "text"):
        return LEFT_OUT[role]
    is_text = not (is_numeric_dtype(column.dtype) or is_datetime64_any_dtype(column.dtype))
    if is_text and known > 0.95 * len(column) and distinct > NEARLY_UNIQUE * known and distinct > MANY:
        return "nearly every row has a value of its own"
    return None


def _column(name: str, column: pd.Series) -> Column:
    if is_datetime64_any_dtype(column.dtype):
        return Column(name, "date")
    if is_numeric_dtype(column.dtype) or is_bool_dtype(column.dtype):
        return Column(name, "number")
    return Column(name, "many" if column.nunique() > MANY else "category")
