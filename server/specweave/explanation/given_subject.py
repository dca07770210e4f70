"""A user's own model as a subject: an object, an ONNX or skops file, an MLflow model, or a prediction function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_float_dtype, is_numeric_dtype

from specweave.errors import DataError, ModelError, listing
from specweave.evaluation.foreign_models import as_model, decided
from specweave.explanation.recorded_subject import output_of
from specweave.explanation.refitting import refitter
from specweave.explanation.subject import BACKGROUND, Subject, readings_of, sampled
from specweave.metrics import as_labels, default_metric
from specweave.problem import Task

MANY_VALUES = 20
PROBE = 100


@dataclass(frozen=True)
class _Asked:
    """What decides how answers are read."""

    task: Task
    model: Any
    classes: tuple[str, ...]
    positive: str | None


def given_subject(
    model: Any,
    X_train: Any,
    *,
    X_test: Any = None,
    y_test: Any = None,
    y_train: Any = None,
    task: Task | None = None,
    classes: Sequence[Any] | None = None,
    positive: Any = None,
    threshold: float | None = None,
    target: str = "the target",
    name: str | None = None,
    metric: str | None = None,
    sensitive: Sequence[str] = (),
    seed: int = 0,
    **facts: Any,
) -> Subject:
    """The model explained on `X_test` where it is given, else on the rows it was trained on, with a caution.

    Parameters
    ----------
    model : object with predict, path of an .onnx or .skops file, MLflow model or its address, or a function of rows
    X_train : DataFrame or array of shape (n, p)
        What the model learned from; averages are taken over it.
    X_test, y_test, y_train : optional
        Rows the model has not seen with their answers, and the answers to the training rows.
    task, classes, positive : optional
        Found from the model and the answers when absent.
    **facts
        Other fields of `Subject`.

    Raises DataError for rows that do not fit together and ModelError for a model that cannot be asked.
    """
    takes_array = not isinstance(X_train, pd.DataFrame)
    training = _frame(X_train, model)
    rows = training if X_test is None else _frame(X_test, model, like=training)
    answers = y_test if X_test is not None else y_train
    _check_lengths(rows, answers)
    asked = _asked(model, X_train, training, answers, task=task, classes=classes, positive=positive)
    truth = _truth(answers, asked.task)
    seen = X_test is None
    return Subject(
        **{
            **_rows(training, rows, truth, seen=seen, seed=seed),
            "model": asked.model,
            "name": name or _name(model),
            "task": asked.task,
            "target": target,
            "output": output_of(asked.task, target, asked.positive),
            "classes": asked.classes,
            "positive": asked.positive,
            "threshold": threshold,
            "metric": metric or _usual_metric(asked.task, truth),
            "takes_array": takes_array,
            "refit": refitter(model, takes_array=takes_array) if seen and truth is not None else None,
            "sensitive": tuple(sensitive),
            **facts,
        }
    )


def _rows(
    training: pd.DataFrame, rows: pd.DataFrame, truth: NDArray[Any] | None, *, seen: bool, seed: int
) -> dict[str, Any]:
    """What a subject says of its rows and columns."""
    columns = tuple(str(column) for column in training.columns)
    n = len(training)
    return {
        "columns": columns,
        "readings": readings_of(training, columns),
        "background": sampled(training, BACKGROUND, seed),
        "background_is": f"a sample of {min(n, BACKGROUND):,} of the {n:,} rows it was trained on",
        "held_out": rows,
        "held_out_is": _which(rows, seen=seen),
        "seen": seen,
        "truth": truth,
        "n_training": n,
        "seed": seed,
        "cautions": _cautions(seen=seen, truth=truth),
    }


def _frame(given: Any, model: Any, *, like: pd.DataFrame | None = None) -> pd.DataFrame:
    if isinstance(given, pd.DataFrame):
        named = getattr(model, "feature_names_in_", None)
        return given if named is None or any(n not in given.columns for n in named) else given[list(named)]
    array = np.asarray(given)
    if array.ndim != 2:
        raise DataError("Rows must form a table", value=f"shape {array.shape}", allowed="(rows, columns)")
    names = like.columns if like is not None else [f"x{place}" for place in range(array.shape[1])]
    if len(names) != array.shape[1]:
        raise DataError(
            "X_test has other columns than X_train", value=array.shape[1], allowed=f"{len(names)}: {listing(names)}"
        )
    return pd.DataFrame(array, columns=names)


def _check_lengths(rows: pd.DataFrame, answers: Any) -> None:
    if len(rows) == 0:
        raise DataError("There are no rows to explain", next_step="give X_train with the rows the model learned from")
    if answers is not None and len(answers) != len(rows):
        raise DataError("Rows and answers differ in length", value=f"{len(rows)} and {len(answers)}")


def _asked(
    model: Any,
    given: Any,
    training: pd.DataFrame,
    answers: Any,
    *,
    task: Task | None,
    classes: Sequence[Any] | None,
    positive: Any,
) -> _Asked:
    probe = training.iloc[:PROBE] if isinstance(given, pd.DataFrame) else np.asarray(given)[:PROBE]
    if _is_function(model):
        model = _function(model, probe, classifies=(task or _task(model, answers, classes)) != "regression")
    task = task or _task(model, answers, classes)
    if task == "regression":
        return _Asked(task, as_model(model, task, ()), (), None)
    named = () if classes is None else tuple(as_labels(list(classes)).tolist())
    if not named and answers is not None:
        named = tuple(np.unique(as_labels(np.asarray(answers))).tolist())
    asked = decided(as_model(model, task, named), probe)
    own = getattr(asked, "classes_", None)
    names = named if own is None or (classes is not None) else tuple(as_labels(own).tolist())
    if not names:
        raise ModelError(
            "Neither the model nor the answers name the classes",
            value=_name(model),
            next_step="give classes=(…) in the order of the probability columns",
        )
    chosen = None if positive is None else str(as_labels([positive])[0])
    if task == "binary" and chosen is not None and chosen not in names:
        raise DataError("The positive class is not among the classes", value=chosen, allowed=listing(names))
    return _Asked(task, asked, names, (chosen or names[-1]) if task == "binary" else None)


def _is_function(model: Any) -> bool:
    return callable(model) and not hasattr(model, "predict") and not isinstance(model, str | Path)


class _Function:
    """A prediction function of which the first answers told that it gives labels or values."""

    def __init__(self, answer: Any) -> None:
        self.predict = answer


class _Probabilities(_Function):
    def __init__(self, answer: Any) -> None:
        super().__init__(answer)
        self.predict_proba = answer


def _function(answer: Any, probe: Any, *, classifies: bool) -> Any:
    """Probabilities are two or more columns that sum to one, or, where classes are to be told, numbers from 0 to 1."""
    first = np.asarray(answer(probe))
    if first.dtype.kind != "f":
        return _Function(answer)
    within = bool(((first >= 0) & (first <= 1)).all())
    columns = first.ndim == 2 and first.shape[1] > 1 and bool(np.allclose(first.sum(axis=1), 1, atol=1e-4))
    return _Probabilities(answer) if within and (columns or classifies) else _Function(answer)


def _task(model: Any, answers: Any, classes: Sequence[Any] | None) -> Task:
    """What the model says itself, then the classes, then the answers."""
    own = classes if classes is not None else getattr(model, "classes_", None)
    if own is not None:
        return "binary" if len(own) == 2 else "multiclass"
    if answers is None:
        return "multiclass" if hasattr(model, "predict_proba") else "regression"
    column = pd.Series(np.asarray(answers))
    numeric = is_numeric_dtype(column.dtype) and column.dtype != bool
    whole = not is_float_dtype(column.dtype) or bool((column.dropna() % 1 == 0).all())
    if numeric and not hasattr(model, "predict_proba") and (not whole or column.nunique() > MANY_VALUES):
        return "regression"
    return "binary" if column.nunique() <= 2 else "multiclass"


def _truth(answers: Any, task: Task) -> NDArray[Any] | None:
    if answers is None:
        return None
    found = np.asarray(answers)
    return found.astype(np.float64) if task == "regression" else as_labels(found)


def _which(rows: pd.DataFrame, *, seen: bool) -> str:
    if seen:
        return f"the {len(rows):,} rows the model was trained on"
    return f"{len(rows):,} rows given as rows the model has not seen"


def _cautions(*, seen: bool, truth: NDArray[Any] | None) -> tuple[str, ...]:
    said = []
    if seen:
        said.append("no rows the model has not seen were given, so it is explained on rows it learned from.")
    if truth is None:
        said.append("no true answers were given, so nothing is said about mistakes and what a column is worth.")
    return tuple(said)


def _usual_metric(task: Task, truth: NDArray[Any] | None) -> str:
    if task == "regression" or truth is None:
        return default_metric(task)
    return default_metric(task, float(np.unique(truth, return_counts=True)[1].min() / len(truth)))


def _name(model: Any) -> str:
    if isinstance(model, str | Path):
        return Path(model).stem
    return str(getattr(model, "__name__", type(model).__name__))
