"""A fitted pipeline taken apart: preprocessing, the estimator in encoded space, and whose each encoded column is."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline

from specweave.explanation.subject import Subject
from specweave.problems.tabular.text_labels import TextLabels
from specweave.problems.tabular.typed_columns import TypedColumns

FloatArray = NDArray[np.float64]
_PROBED = 300
_CELLS = 1_000_000
# A name no column has, so that it can be found again inside the names transformers make of it.
_TOKEN = re.compile(r"\x02(\d+)\x03")

Owners = list[frozenset[int]]


class _Unknown(Exception):  # noqa: N818 - an answer: this preprocessing cannot be led back to raw columns
    pass


@dataclass(frozen=True, eq=False)
class Anatomy:
    """What explains in encoded space and sums back.

    Attributes
    ----------
    encode : callable
        Raw rows to a float64 matrix of shape (n, m).
    estimator : fitted estimator
        Takes that matrix.
    owner : int array of shape (m,)
        The place of the raw column each encoded column is made of.
    """

    encode: Callable[[pd.DataFrame], FloatArray]
    estimator: Any
    owner: NDArray[np.int64]
    n_raw: int

    def to_raw(self, values: FloatArray) -> FloatArray:
        """Values per encoded column, shape (n, m) or (n, m, k), summed over the columns of each raw column."""
        summed = np.zeros((values.shape[0], self.n_raw, *values.shape[2:]))
        for place in range(self.n_raw):
            mine = np.flatnonzero(self.owner == place)
            if len(mine):
                summed[:, place] = values[:, mine].sum(axis=1)
        return summed

    @staticmethod
    def as_fitted(estimator: Any, encoded: FloatArray) -> Any:
        """With the column names the estimator was fitted with, where it knows some: it warns when they are missing."""
        names = getattr(estimator, "feature_names_in_", None)
        return encoded if names is None else pd.DataFrame(encoded, columns=list(names))


def anatomy(subject: Subject, model: Any = None) -> Anatomy | None:
    """The model's anatomy, or None where an encoded column is made of several raw ones or its making is not known."""
    asked = subject.model if model is None else model
    found: Anatomy | None = subject.remembered("anatomy", asked, lambda: _taken_apart(subject, unwrapped(asked)))
    return found


def _taken_apart(subject: Subject, asked: Any) -> Anatomy | None:
    steps, estimator = (list(asked.steps[:-1]), asked.steps[-1][1]) if isinstance(asked, Pipeline) else ([], asked)
    try:
        owners = _through(steps, [frozenset([place]) for place in range(len(subject.columns))], subject.columns)
        owner = np.array([_only(one) for one in owners], dtype=np.int64)
        encode = _encoder(steps, subject)
        if not _as_claimed(encode, owner, subject):
            return None
    except (_Unknown, ValueError, TypeError, AttributeError):
        return None
    return Anatomy(encode, unwrapped(estimator), owner, len(subject.columns))


def last_step(model: Any) -> Any:
    """What a pipeline's encoded rows are given to: its last step, or the model itself."""
    inner = unwrapped(model)
    return inner.steps[-1][1] if isinstance(inner, Pipeline) else inner


def unwrapped(model: Any) -> Any:
    """The model inside wrappers that only choose it, name its labels, or move its threshold."""
    for _ in range(5):
        if isinstance(model, TextLabels):
            model = model.estimator_
        elif type(model).__name__ in ("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV"):
            model = model.best_estimator_
        elif type(model).__name__ in ("FixedThresholdClassifier", "TunedThresholdClassifierCV"):
            model = model.estimator_
    return model


def _only(owners: frozenset[int]) -> int:
    if len(owners) != 1:
        raise _Unknown
    return next(iter(owners))


def _encoder(steps: list[tuple[str, Any]], subject: Subject) -> Callable[[pd.DataFrame], FloatArray]:
    front = Pipeline(steps) if steps else None

    def encode(rows: pd.DataFrame) -> FloatArray:
        X: Any = rows[list(subject.columns)]
        X = X.to_numpy() if subject.takes_array else X
        if front is not None:
            X = front.transform(X)
        if hasattr(X, "toarray"):
            X = X.toarray()
        return np.ascontiguousarray(np.asarray(X, dtype=np.float64))

    return encode


def _through(steps: Sequence[tuple[str, Any]], owners: Owners, names: Sequence[str] | None) -> Owners:
    """Whose the columns are after these steps; `names` of the columns are known before the first."""
    for _, step in steps:
        owners = _after(step, owners, names)
        names = [str(n) for n in step.get_feature_names_out()] if isinstance(step, TypedColumns) else None
    return owners


def _after(step: Any, owners: Owners, names: Sequence[str] | None) -> Owners:
    match step:
        case None | "passthrough":
            found = owners
        case str():
            found = []
        case TypedColumns():
            found = _typed(step, owners, names)
        case ColumnTransformer():
            found = _composed(step, owners, names)
        case Pipeline():
            found = _through(step.steps, owners, names)
        case FeatureUnion():
            found = [one for _, part in step.transformer_list for one in _after(part, owners, names)]
        case _:
            found = _by_names(step, owners)
    return found


def _typed(step: TypedColumns, owners: Owners, names: Sequence[str] | None) -> Owners:
    if names is None:
        raise _Unknown
    at = dict(zip(names, owners, strict=True))
    parts = len(step.get_feature_names_out()) - len(step.numbers) - len(step.categories)
    per_date = parts // max(len(step.dates), 1)
    dates = [at[name] for name in step.dates for _ in range(per_date)]
    return [*(at[name] for name in step.numbers), *dates, *(at[name] for name in step.categories)]


def _composed(step: ColumnTransformer, owners: Owners, names: Sequence[str] | None) -> Owners:
    known = list(names) if names is not None else [str(n) for n in getattr(step, "feature_names_in_", [])]
    made: dict[int, frozenset[int]] = {}
    for name, inner, columns in step.transformers_:
        chosen = _places(columns, known, len(owners))
        part = step.output_indices_.get(name, slice(0, 0))
        if not chosen or (isinstance(inner, str) and inner == "drop"):
            continue
        after = _after(inner, [owners[place] for place in chosen], None)
        if len(after) != part.stop - part.start:
            raise _Unknown
        made |= dict(zip(range(part.start, part.stop), after, strict=True))
    return [made[place] for place in range(len(made))]


def _places(columns: Any, names: list[str], n: int) -> list[int]:
    if isinstance(columns, slice):
        ends = [names.index(end) if isinstance(end, str) else end for end in (columns.start, columns.stop)]
        ends[1] = ends[1] + 1 if isinstance(columns.stop, str) else ends[1]
        return list(range(n))[slice(ends[0], ends[1], columns.step)]
    array = np.atleast_1d(np.asarray(columns, dtype=object))
    if len(array) and isinstance(array[0], str):
        return [names.index(str(one)) for one in array]
    if len(array) == n and all(isinstance(one, bool | np.bool_) for one in array):
        return [int(place) for place in np.flatnonzero(array.astype(bool))]
    return [int(one) for one in array]


def _by_names(step: Any, owners: Owners) -> Owners:
    """Found by giving the transformer marked names, which its output names carry on."""
    if not hasattr(step, "get_feature_names_out"):
        raise _Unknown
    nameless = copy.copy(step)
    vars(nameless).pop("feature_names_in_", None)
    marked = np.array([f"\x02{place}\x03" for place in range(len(owners))], dtype=object)
    try:
        made = nameless.get_feature_names_out(marked)
    except Exception as error:
        raise _Unknown from error
    return [_union(owners, str(name)) for name in made]


def _union(owners: Owners, name: str) -> frozenset[int]:
    found = [owners[int(place)] for place in _TOKEN.findall(name)]
    return frozenset().union(*found)


def _as_claimed(encode: Callable[[pd.DataFrame], FloatArray], owner: NDArray[np.int64], subject: Subject) -> bool:
    """Shuffles each raw column of a sample and looks whether other columns' encoded ones move, as imputers by
    neighbours or normalisers make them. Many columns are asked about in one table.
    """
    rows = subject.background.iloc[:_PROBED][list(subject.columns)]
    before = encode(rows)
    if before.shape[1] != len(owner):
        return False
    n, order = len(rows), np.random.default_rng(0).permutation(len(rows))
    at_once = max(1, _CELLS // max(1, rows.size))
    for start in range(0, len(subject.columns), at_once):
        places = range(start, min(start + at_once, len(subject.columns)))
        found = encode(_each_shuffled(rows, order, places)).reshape(len(places), n, -1)
        for place, moved in zip(places, found, strict=True):
            others = owner != place
            if not np.array_equal(moved[:, others], before[:, others], equal_nan=True):
                return False
    return True


def _each_shuffled(rows: pd.DataFrame, order: NDArray[np.int64], places: range) -> pd.DataFrame:
    """The rows once for each of these columns, which alone is in another order there."""
    n = len(rows)
    table = {}
    for place, name in enumerate(rows.columns):
        take = np.tile(np.arange(n), len(places))
        if place in places:
            start = n * (place - places.start)
            take[start : start + n] = order
        table[name] = rows[name].array.take(take)
    return pd.DataFrame(table)
