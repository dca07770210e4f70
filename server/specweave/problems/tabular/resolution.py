"""What the target says about the problem: its task, its positive class, its metric, or why it cannot be solved."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

from specweave.errors import ProblemError, listing, suggestion
from specweave.metrics import as_labels, default_metric, get_metric, metrics_for
from specweave.problem import Problem, Task
from specweave.problems.criteria import check_criteria

FEWEST_ROWS = 10
FEWEST_PER_CLASS = 4
MOST_INTEGER_CLASSES = 10
MOST_CLASSES = 200
RARE_SHARE = 0.2


def resolve(problem: Problem, frame: pd.DataFrame) -> Problem:
    """The problem with task, positive label and metric filled; ProblemError when the data cannot answer it."""
    target = _target_column(problem, frame)
    _check_named_columns(problem, frame)
    known = frame[target].dropna()
    _check_rows(target, known)
    task = problem.task or infer_task(known)
    if task == "regression":
        _check_numbers(target, known)
        positive, minority = None, None
    else:
        labels = as_labels(known.to_numpy())
        _check_classes(target, labels, task)
        positive, minority = _positive(problem, labels, task)
    metric = _metric(problem, task, minority)
    return problem.model_copy(update={"task": task, "positive_label": positive, "metric": metric})


def infer_task(known: pd.Series) -> Task:
    """Two values: binary; text or up to ten whole numbers: multiclass; other numbers: regression."""
    distinct = known.nunique()
    if distinct == 2:
        return "binary"
    if not is_numeric_dtype(known.dtype) or is_bool_dtype(known.dtype):
        return "multiclass"
    values = known.to_numpy(dtype=float)
    whole = bool(np.equal(np.mod(values, 1), 0).all())
    return "multiclass" if whole and distinct <= MOST_INTEGER_CLASSES and distinct < len(known) / 4 else "regression"


def _target_column(problem: Problem, frame: pd.DataFrame) -> str:
    names = [str(c) for c in frame.columns]
    if problem.target is None:
        raise ProblemError(
            "The problem names no target column",
            allowed=listing(names),
            next_step="write the column's name as `target` in spec.md, or call profile_data with target",
        )
    if problem.target not in frame.columns:
        raise ProblemError(
            "The target column is not in the data",
            value=problem.target,
            allowed=listing(names),
            next_step=suggestion(problem.target, names) or "correct `target` in spec.md",
        )
    return problem.target


def _check_named_columns(problem: Problem, frame: pd.DataFrame) -> None:
    names = [str(c) for c in frame.columns]
    for excluded in problem.excluded:
        if excluded.column == problem.target:
            raise ProblemError(
                "The target itself is among the excluded columns", value=excluded.column, next_step="correct spec.md"
            )
        if excluded.column not in frame.columns:
            raise ProblemError(
                "An excluded column is not in the data",
                value=excluded.column,
                allowed=listing(names),
                next_step=suggestion(excluded.column, names) or "correct `excluded` in spec.md",
            )


def _check_rows(target: str, known: pd.Series) -> None:
    if known.empty:
        raise ProblemError(
            f"Every row of the target {target} is empty", value=target, next_step="name another target in spec.md"
        )
    if len(known) < FEWEST_ROWS:
        raise ProblemError(
            f"The data have {len(known)} {'row' if len(known) == 1 else 'rows'} with a target, too few to learn from",
            value=len(known),
            allowed=f"{FEWEST_ROWS} rows or more",
            next_step="name a larger table",
        )
    if known.nunique() < 2:
        raise ProblemError(
            f"The target {target} is constant: there is nothing to predict",
            value=known.iloc[0],
            allowed="two different values or more",
            next_step="name another target, or a table that holds other cases too",
        )


def _check_numbers(target: str, known: pd.Series) -> None:
    if is_numeric_dtype(known.dtype) and not is_bool_dtype(known.dtype):
        values = known.to_numpy(dtype=float)
        if np.isfinite(values).all():
            return
        raise ProblemError(f"The target {target} holds infinite values", next_step="correct the data")
    offending = known.iloc[0]
    if not is_bool_dtype(known.dtype) and not is_datetime64_any_dtype(known.dtype):
        numbers = pd.to_numeric(known.astype("string"), errors="coerce")
        offending = known[numbers.isna()].iloc[0] if numbers.isna().any() else known.iloc[0]
    raise ProblemError(
        f"A regression needs numbers, and the target {target} holds text",
        value=offending,
        next_step='set `task` to "multiclass" in spec.md, or declare decimal and thousands signs of the data',
    )


def _check_classes(target: str, labels: np.ndarray, task: Task) -> None:
    names, counts = np.unique(labels, return_counts=True)
    if task == "binary" and len(names) != 2:
        raise ProblemError(
            f"A binary problem needs two classes, and the target {target} has {len(names)}",
            value=listing(names.tolist(), limit=6),
            next_step='set `task` to "multiclass" in spec.md',
        )
    if counts.max() < 2:
        raise ProblemError(
            f"Every class of the target {target} has a single row: it names rows rather than groups them",
            value=listing(names.tolist(), limit=3),
            next_step="name another target in spec.md",
        )
    if len(names) > MOST_CLASSES or len(names) > len(labels) / 2:
        raise ProblemError(
            f"The target {target} has {len(names)} different values on {len(labels)} rows, too many for classes",
            value=listing(names.tolist(), limit=3),
            allowed=f"up to {MOST_CLASSES} classes with two rows each on average",
            next_step="group the values, or name another target in spec.md",
        )
    if task == "binary" and counts.min() < FEWEST_PER_CLASS:
        rare = names[counts.argmin()]
        raise ProblemError(
            f"The class {rare} has {counts.min()} rows, too few to set some aside and cross-validate",
            value=int(counts.min()),
            allowed=f"{FEWEST_PER_CLASS} rows of each class or more",
            next_step="add rows of that class",
        )


def _positive(problem: Problem, labels: np.ndarray, task: Task) -> tuple[str | None, float]:
    """Label of the positive class (the rarer one unless named) and the share of the rarest class."""
    names, counts = np.unique(labels, return_counts=True)
    share = float(counts.min() / counts.sum())
    if task != "binary":
        return None, share
    if problem.positive_label is None:
        return str(names[-1] if counts[0] == counts[1] else names[counts.argmin()]), share
    found = _as_written(problem.positive_label, names)
    if found not in names:
        raise ProblemError(
            "The positive label is not a value of the target",
            value=problem.positive_label,
            allowed=listing(names.tolist()),
            next_step="correct `positive_label` in spec.md",
        )
    return str(found), share


def _as_written(label: str, names: np.ndarray) -> str:
    """The label as the target has it: "1.0" in a specification means the class 1."""
    try:
        value = float(label)
    except ValueError:
        return label
    whole = str(int(value)) if value.is_integer() else label
    return whole if label not in names and whole in names else label


def _metric(problem: Problem, task: Task, minority: float | None) -> str:
    for criterion in problem.success:
        _check_applies(criterion.metric, task, "success")
    check_criteria(problem.success)
    if problem.metric is None:
        return default_metric(task, minority)
    _check_applies(problem.metric, task, "metric")
    return problem.metric


def _check_applies(name: str, task: Task, where: str) -> None:
    if task not in get_metric(name).tasks:
        raise ProblemError(
            f"The metric {name} does not apply to a {task} problem",
            value=name,
            allowed=listing([m.name for m in metrics_for(task)], limit=20),
            next_step=f"correct `{where}` in spec.md",
        )


def minority_share(labels: Any) -> float:
    """Share of the rarest class."""
    counts = np.unique(as_labels(labels), return_counts=True)[1]
    return float(counts.min() / counts.sum())
