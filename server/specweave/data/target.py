"""The column to be predicted: which task it makes, and what to mind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specweave.data.facts import ColumnProfile, TargetSummary, TaskGuess, ValueCount
from specweave.errors import ProblemError, listing, suggestion

if TYPE_CHECKING:
    import pandas as pd

MOST_CLASSES = 20
_SHOWN = 20


def require_column(name: str, names: list[str]) -> None:
    """Raise ProblemError with the columns there are when none has that name."""
    if name not in names:
        raise ProblemError(
            "The data have no such target column",
            value=name,
            allowed=listing(names, 30),
            next_step=suggestion(name, names) or "name one of them",
        )


def guess_task(column: ColumnProfile) -> tuple[TaskGuess | None, str]:  # noqa: PLR0911  # one return a rule
    """The task the target's values suggest, with the reason; None when they suit none."""
    if column.role in ("empty", "constant"):
        return None, f"the target is {column.role}"
    if column.role == "datetime":
        return None, "the target is a date"
    if column.distinct == 2:
        return "binary", "it has two values"
    if column.mean is None:
        if column.role in ("id", "text"):
            return None, f"its {column.distinct:,} values are mostly different words"
        return "multiclass", f"it has {column.distinct:,} values that are words"
    if column.whole and column.distinct <= MOST_CLASSES:
        return (
            "multiclass",
            f"it has {column.distinct} whole values; a number to be predicted if their distances mean something",
        )
    return "regression", f"it has {column.distinct:,} different numbers"


def summarise_target(column: ColumnProfile, counts: pd.Series[Any]) -> TargetSummary:
    """Task, class balance, cap and skew of the target; `counts` holds its values by frequency."""
    task, why = guess_task(column)
    summary = TargetSummary(name=column.name, task=task, why=why, missing=column.missing, skew=column.skew)
    summary.capped_at, summary.capped_share = column.capped_at, column.capped_share
    if task in ("binary", "multiclass"):
        rows = int(counts.sum())
        shares = [ValueCount(value=str(v), count=int(n), share=int(n) / rows) for v, n in counts.items()]
        summary.n_classes = len(shares)
        summary.classes = shares[:_SHOWN]
        summary.rarest = shares[-1]
        summary.minority_share = shares[-1].share
        summary.capped_at = summary.capped_share = None
    return summary
