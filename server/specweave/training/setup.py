"""What all experiments of one training share, and the hash by which a record knows its own."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from specweave.data.seal import Seal, read_seal, training_rows
from specweave.errors import ProblemError
from specweave.problem import Problem
from specweave.problems import Attempt, Column, Folds, ProblemKind, problem_kind
from specweave.workspace import IncrementFolder, read_json


@dataclass(frozen=True)
class Setup:
    """Rows, columns, folds and classes every experiment uses alike."""

    folder: IncrementFolder
    problem: Problem
    kind: ProblemKind
    seal: Seal
    training: pd.DataFrame
    columns: list[Column]
    left_out: dict[str, str]
    folds: Folds
    classes: tuple[str, ...]

    @property
    def groups(self) -> pd.Series | None:
        """The group of each training row, by row number, where the split goes by groups."""
        return self.training[self.seal.group] if self.seal.group else None

    def hash_of(self, attempt: Attempt) -> str:
        """Equal for two runs that would give the same out-of-fold predictions."""
        facts = {
            "attempt": [attempt.name, attempt.family, attempt.params, list(attempt.members)],
            "seal": self.seal.id,
            "task": self.problem.task,
            "positive": self.problem.positive_label,
            "seed": self.problem.seed,
            "columns": [[c.name, c.reading] for c in self.columns],
            "folds": hashlib.sha256(np.ascontiguousarray(self.folds.number, dtype="<i8").tobytes()).hexdigest(),
        }
        text = json.dumps(facts, sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def data_facts(self) -> dict[str, Any]:
        """The key `data` of a record's metadata."""
        return {
            "fingerprint": self.seal.fingerprint["content"],
            "rows": self.seal.n_train,
            "rows_sha256": self.seal.training.rows_sha256,
            "seal": self.seal.id,
        }


def make_setup(folder: IncrementFolder, problem: Problem) -> Setup:
    """The setup of the increment's sealed split.

    Raises
    ------
    ProblemError
        The problem was not resolved yet.
    SealedError
        No test set is sealed yet.
    """
    if problem.task is None or problem.metric is None:
        raise ProblemError(
            "The problem is not resolved: its task or metric is open",
            value=folder.id,
            next_step=f'call run_experiment with increment="{folder.id}", which prepares the data first',
        )
    sealed = read_seal(folder)
    training = training_rows(folder)
    kind = problem_kind(problem.kind)
    # Later folds and columns follow the seal, not what spec.md says by now.
    policy = problem.split.model_copy(update={"group": sealed.group, "time": sealed.time})
    problem = problem.model_copy(update={"split": policy, "target": sealed.target})
    columns, left_out = kind.columns(problem, training, _roles(folder))
    folds = kind.folds(problem, training, group=sealed.group, time=sealed.time)
    return Setup(folder, problem, kind, sealed, training, columns, left_out, folds, kind.classes(problem, training))


def _roles(folder: IncrementFolder) -> dict[str, str]:
    profile = read_json(folder.reports / "profile.json", default={})
    return {column["name"]: column["role"] for column in profile.get("columns", [])}
