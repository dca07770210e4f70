"""A user's own model as a subject: an object, an ONNX or skops file, an MLflow model, or a prediction function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_float_dtype, is_integer_dtype, is_numeric_dtype

from specweave.errors import DataError, ModelError, listing
from specweave.evaluation.foreign_models import as_model, decided
from specweave.explanation.recorded_subject import output_of
from specweave.explanation.refitting import refitter
from specweave.explanation.subject import BACKGROUND, Subject, readings_of, sampled
from specweave.metrics import as_labels, default_metric
from specweave.problem import Task

MANY_VALUES = 20
PROBE = 100
FEWEST = 10
ROW_NAME = "row name"


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
        Found from the model and the answers when absent; **facts are other fields of `Subject`.

    Raises DataError for rows that do not fit together and ModelError for a model that cannot be asked.
    """
    takes_array = not isinstance(X_train, pd.DataFrame)
    training = _frame(X_train, model)
    rows = training if X_test is None else _frame(X_test, model, like=training)
    answers = y_test if X_test is not None else y_train
    _check_lengths(training, rows, answers)
    rows, numbered = _numbered(rows)
    asked = _asked(model, X_train, training, answers, task=task, classes=classes, positive=positive)
    truth = _truth(answers, asked.task)
    seen = X_test is None
    return Subject(
        **{
            **_rows(training, rows, truth, seen=seen, seed=seed),
            "cautions": (*_cautions(seen=seen, truth=truth), *numbered),
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
    }


def _frame(given: Any, model: Any, *, like: pd.DataFrame | None = None) -> pd.DataFrame:
    if isinstance(given, pd.DataFrame):
        odd = [name for name in given.columns if not isinstance(name, str)]
        if odd:
            raise DataError(
                "Columns have to be named by text",
                value=f"{odd[0]!r} ({type(odd[0]).__name__})",
                next_step="rename them, rows.columns = rows.columns.map(str), or give arrays",
            )
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


def _numbered(rows: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Rows with a number of their own each; names of rows become a column to find them by, which is a caution."""
    if rows.index.is_unique and is_integer_dtype(rows.index.dtype):
        return rows, ()
    kept = {} if ROW_NAME in rows.columns else {ROW_NAME: rows.index.astype(str)}
    said = f'the index of the rows is no unique whole number, so they are numbered from 0; find one by "{ROW_NAME}=…".'
    return rows.assign(**kept).reset_index(drop=True), (said,)


def _check_lengths(training: pd.DataFrame, rows: pd.DataFrame, answers: Any) -> None:
    if 0 < len(training) < FEWEST:
        raise DataError(
            "There are too few rows to explain a model by",
            value=f"{len(training)} rows in X_train",
            allowed=f"at least {FEWEST}, as average answers are taken over them; X_test may be a single row",
            next_step="give X_train with the rows the model learned from",
        )
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
    task = task or _task(model, answers, classes, probe)
    if task == "regression":
        return _Asked(task, as_model(model, task, ()), (), None)
    named = () if classes is None else tuple(as_labels(list(classes)).tolist())
    if not named and (answers is not None or not hasattr(model, "predict_proba")):
        told = answers if answers is not None else _said(model, given).ravel()
        named = tuple(np.unique(as_labels(np.asarray(told))).tolist())
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


def _said(model: Any, rows: Any) -> NDArray[Any]:
    """What the model answers to these rows. Raises ModelError where it cannot."""
    try:
        return np.asarray(model.predict(rows))
    except Exception as error:
        raise ModelError(
            f"The model cannot predict its training rows: {type(error).__name__}: {' '.join(str(error).split())[:300]}",
            value=_name(model),
            next_step="give X_train as the model takes it",
        ) from error


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
    first = _said(_Function(answer), probe)
    if first.dtype.kind != "f":
        return _Function(answer)
    within = bool(((first >= 0) & (first <= 1)).all())
    columns = first.ndim == 2 and first.shape[1] > 1 and bool(np.allclose(first.sum(axis=1), 1, atol=1e-4))
    return _Probabilities(answer) if within and (columns or classifies) else _Function(answer)


def _task(model: Any, answers: Any, classes: Sequence[Any] | None, probe: Any = None) -> Task:
    """What the model says itself, then the classes, then the true answers, then what it answers."""
    own = classes if classes is not None else getattr(model, "classes_", None)
    if own is not None:
        return "binary" if len(own) == 2 else "multiclass"
    if answers is None and hasattr(model, "predict_proba"):
        return "multiclass"
    if answers is None:
        if probe is None or isinstance(model, str | Path) or not hasattr(model, "predict"):
            return "regression"
        answers = _said(model, probe)
        if answers.dtype.kind == "f" or answers.ndim > 1:
            return "regression"
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
