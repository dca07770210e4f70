"""What a model family is told about the table, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol

from specweave.extensions import extensions
from specweave.problem import Task
from specweave.problems.base import Attempt, Column, NotApplicable
from specweave.processors import usable_processors

IMBALANCED = 0.2
_TASKS: tuple[tuple[Task, int], ...] = (("binary", 2), ("multiclass", 3), ("regression", 0))
FEW_ROWS = 10_000


@dataclass(frozen=True)
class Table:
    """The training table as a family sees it: no rows, only facts.

    Attributes
    ----------
    task : {"binary", "multiclass", "regression"}
    n_rows : int
        Training rows.
    n_classes : int
        0 for regression.
    minority_share : float
        Share of the rarest class; 1 for regression.
    columns : sequence of Column
    seed : int
    """

    task: Task
    n_rows: int
    n_classes: int
    minority_share: float
    columns: Sequence[Column]
    seed: int

    @property
    def imbalanced(self) -> bool:
        return self.minority_share < IMBALANCED


class ModelFamily(Protocol):
    """A kind of model with its preprocessing.

    Registered by its name under the entry points `specweave.model_families`; a family from another distribution
    takes part in the comparison as soon as that distribution is installed.
    """

    name: str
    title: str

    def attempts(self, table: Table) -> list[Attempt]:
        """The configurations worth trying; each builds a whole pipeline that takes raw columns.

        Raises
        ------
        NotApplicable
            The family cannot serve this table; the text completes "not applicable because …".
        """
        ...


def families() -> dict[str, ModelFamily]:
    """Every registered family by name."""
    found: dict[str, Any] = extensions("model_families")
    return {name: kind() for name, kind in found.items()}


def usual_names() -> list[str]:
    """The registered families, and what they try on small and large, balanced and imbalanced tables of every task."""
    found = families()
    names = dict.fromkeys(found)
    for family, (task, n_classes), rows, share in product(found.values(), _TASKS, (1_000, 50_000), (0.05, 0.5)):
        table = Table(task, rows, n_classes, share, (), 0)
        with suppress(NotApplicable):
            names.update(dict.fromkeys(attempt.name for attempt in family.attempts(table)))
    return list(names)


def cores(n_rows: int | None = None) -> int:
    """Processor cores this process may use; one where rows are so few that threads would mostly wait."""
    if n_rows is not None and n_rows < FEW_ROWS:
        return 1
    return usable_processors()
