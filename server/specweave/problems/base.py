"""The protocol of a problem kind, and what passes through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from specweave.extensions import extension
from specweave.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

    from specweave.metrics import Predictions


class NotApplicable(Exception):  # noqa: N818 - an answer of equal rank, not a failure
    """Raised by a model family that cannot serve a problem; its text completes "not applicable because …"."""


@dataclass(frozen=True)
class Column:
    """How a model reads one column: as number, category, many (a category of many values) or date."""

    name: str
    reading: Literal["number", "category", "many", "date"]


@dataclass(frozen=True)
class Attempt:
    """One model to be cross-validated and recorded.

    Attributes
    ----------
    name : str
        Used as the name of the experiment record: ``"lightgbm-slow"``.
    kind : {"baseline", "candidate"}
    family : str
        What it is a configuration of.
    params : dict
        What is written to params.json.
    build : callable
        Gives a fresh, unfitted scikit-learn estimator that takes raw columns.
    members : tuple of str
        For a combination: names of the attempts it is made of. It is assembled from their models and predictions
        and never fitted itself.
    """

    name: str
    kind: Literal["baseline", "candidate"]
    family: str
    build: Callable[[], Any]
    params: dict[str, Any] = field(default_factory=dict)
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Folds:
    """Cross-validation folds of the training rows.

    Attributes
    ----------
    number : numpy.ndarray of shape (n,)
        The fold each training row is held out in, from 0; −1 for rows that are only ever learnt from.
    ordered : bool
        Folds follow each other in time: a fold learns only from rows of earlier folds.
    reason : str
    """

    number: NDArray[np.int64]
    ordered: bool
    reason: str

    @property
    def count(self) -> int:
        return int(self.number.max()) + 1

    def sides(self, fold: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Positions to learn from and positions to predict."""
        held_out = self.number == fold
        learnt = self.number < fold if self.ordered else ~held_out
        return np.flatnonzero(learnt), np.flatnonzero(held_out)

    def __iter__(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        return (self.sides(fold) for fold in range(self.count))


@runtime_checkable
class ProblemKind(Protocol):
    """One kind of problem; registered under the entry points `specweave.problem_kinds` by its name.

    An instance is made for each use and holds no state between calls. The tests every kind must pass are in
    tests/conformance.
    """

    name: str

    def resolve(self, problem: Problem, frame: pd.DataFrame, profile: Any) -> Problem:
        """A copy of the problem with task, positive label and metric filled in.

        Raises ProblemError when the data cannot answer the question: target missing, constant or of the wrong type,
        too few rows, a metric that does not apply.
        """
        ...

    def columns(
        self, problem: Problem, training: pd.DataFrame, roles: dict[str, str]
    ) -> tuple[list[Column], dict[str, str]]:
        """The columns models read and, by name, the reason for each that is left out."""
        ...

    def folds(self, problem: Problem, training: pd.DataFrame, *, group: str | None, time: str | None) -> Folds:
        """The folds every experiment of the increment shares."""
        ...

    def baselines(self, problem: Problem, training: pd.DataFrame, columns: Sequence[Column]) -> list[Attempt]:
        """The attempts every candidate has to beat."""
        ...

    def candidates(
        self, problem: Problem, training: pd.DataFrame, columns: Sequence[Column]
    ) -> tuple[list[Attempt], dict[str, str]]:
        """The attempts of all applicable model families, and for the other families why they are not."""
        ...

    def candidate_names(self) -> list[str]:
        """The names of the model families and of what they try on usual tables, without looking at any data."""
        ...

    def fit(self, attempt: Attempt, problem: Problem, training: pd.DataFrame, columns: Sequence[Column]) -> Any:
        """A fitted model that takes rows with these raw columns."""
        ...

    def predict(
        self, model: Any, problem: Problem, rows: pd.DataFrame, columns: Sequence[Column], classes: tuple[str, ...]
    ) -> Predictions:
        """What the model says about rows whose target is known; the index gives their row numbers."""
        ...

    def classes(self, problem: Problem, training: pd.DataFrame) -> tuple[str, ...]:
        """All classes of the training rows in the order of the scores; empty when there are none."""
        ...

    def decide(self, problem: Problem, predictions: Predictions) -> tuple[float | None, str]:
        """The decision threshold chosen on out-of-fold predictions, and the rule it was chosen by."""
        ...

    def combine(self, problem: Problem, ranked: Sequence[tuple[Attempt, Predictions]]) -> Attempt | None:
        """A combination of the best attempts worth trying, or nothing."""
        ...

    def combined_predictions(self, parts: Sequence[Predictions]) -> Predictions:
        """What the combination says, from what its members said about the same rows."""
        ...

    def combined_model(self, models: Sequence[Any]) -> Any:
        """One model made of its members' fitted models."""
        ...


def problem_kind(name: str) -> ProblemKind:
    """The kind registered by that name.

    Raises
    ------
    SpecweaveError
        No kind is registered by that name; the names there are are listed.
    """
    return cast("ProblemKind", extension("problem_kinds", name)())
