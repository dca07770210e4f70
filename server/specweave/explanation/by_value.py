"""A pipeline asked by values: each value of a column is encoded once, and rows are put together from what is known.

Explanations ask about rows that mix the values of some rows with those of others, so most of the time goes into encoding the
same values again. Where each encoded column is made of one raw column (see `anatomy`), it need not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.explanation.anatomy import Anatomy, anatomy, last_step
from specweave.explanation.direct import directly
from specweave.explanation.mixing import Mixed, Pool
from specweave.explanation.subject import Subject
from specweave.problems.tabular.blend import Blend

FloatArray = NDArray[np.float64]
_PROBED = 60
# Of many rows with more new values than this part of them, encoding the rows themselves is as quick.
_MANY, _WORTH = 2_000, 0.5
_MOST_KEPT = 50_000
_FEW = 300
_SAME = 1e-9


class ByValue:
    """Answers as the model does, from rows in its raw columns; offers predict_proba only where the model does."""

    answers_mixed = True

    def __init__(self, model: Any, parts: Anatomy) -> None:
        self.model, self._parts, self._memory = model, parts, ValueMemory(parts)
        last = last_step(model)
        self._predict = directly(last, "predict")
        if hasattr(model, "predict_proba"):
            self.classes_ = model.classes_
            probabilities = directly(last, "predict_proba")
            self.predict_proba = lambda rows: probabilities(self._encoded(rows))

    def predict(self, rows: pd.DataFrame | Mixed) -> Any:
        """What the model predicts for these rows."""
        return self._predict(self._encoded(rows))

    def _encoded(self, rows: pd.DataFrame | Mixed) -> FloatArray:
        return rows.encoded(self._parts) if isinstance(rows, Mixed) else self._memory.encode(rows)


def by_value(subject: Subject, model: Any) -> Any:
    """The model, or the members of a blend, asked by values where that was seen to give the same answers."""
    if isinstance(model, Blend):
        return Blend([by_value(subject, member) for member in model.models])
    parts = None if subject.takes_array else anatomy(subject, model)
    if parts is None or (subject.task != "regression" and not hasattr(model, "predict_proba")):
        return model
    quick = ByValue(model, parts)
    return quick if _same(subject, model, quick) else model


def _same(subject: Subject, model: Any, quick: ByValue) -> bool:
    rows = subject.background.iloc[:_PROBED]
    # Twice the same rows, so that values do repeat.
    asked = pd.concat([rows, rows.iloc[::-1]], ignore_index=True)
    mixed = Pool(rows[list(subject.columns)]).mixed(np.arange(len(rows)), {})
    try:
        said, found = (subject.score(asked, model=one) for one in (model, quick))
        together = subject.score(mixed, model=quick)
    except Exception:  # noqa: BLE001 - whatever the inner estimator minds, the whole model is asked instead
        return False
    alike = np.allclose(said, found, rtol=_SAME, atol=_SAME)
    return bool(alike and np.allclose(said[: len(rows)], together, rtol=_SAME, atol=_SAME))


class ValueMemory:
    """The encoded columns of every value seen so far, by raw column."""

    def __init__(self, parts: Anatomy) -> None:
        self._parts = parts
        self._known: dict[tuple[str, str], _Known] = {}

    def encode(self, rows: pd.DataFrame) -> FloatArray:
        """As the anatomy's own `encode`, but only values not met before are encoded."""
        columns = [self._looked_up(rows[name], place) for place, name in enumerate(rows.columns)]
        told_apart = [one for one in columns if one is not None]
        unknown = [one.first[one.places < 0] for one in told_apart]
        longest = max((len(first) for first in unknown), default=0)
        if len(told_apart) < len(columns) or (len(rows) > _MANY and longest > _WORTH * len(rows)):
            return self._parts.encode(rows)
        if longest:
            self._learn(rows, told_apart, unknown, longest)
        out = np.empty((len(rows), len(self._parts.owner)))
        for one in told_apart:
            out[:, one.known.at] = one.known.block[one.places[one.codes]]
        return out

    def _looked_up(self, column: pd.Series, place: int) -> _LookedUp | None:
        try:
            codes, first = _distinct(column)
        except TypeError:
            return None
        key = (str(column.name), str(column.dtype))
        known = self._known.get(key)
        if known is None or len(known.places) > _MOST_KEPT:
            at = np.flatnonzero(self._parts.owner == place)
            known = self._known[key] = _Known(at, {}, np.empty((0, len(at))))
        keys = _keys(column.array if first is codes else column.array.take(first))
        places = np.array([known.places.get(one, -1) for one in keys], dtype=np.int64)
        return _LookedUp(known, codes, first, keys, places)

    def _learn(
        self, rows: pd.DataFrame, columns: list[_LookedUp], unknown: list[NDArray[np.int64]], longest: int
    ) -> None:
        """Encodes one table that holds the unknown values of all columns side by side."""
        filled = [
            np.pad(first, (0, longest - len(first)), mode="edge") if len(first) else np.zeros(longest, np.int64)
            for first in unknown
        ]
        table = {name: rows[name].array.take(take) for name, take in zip(rows.columns, filled, strict=True)}
        encoded = self._parts.encode(pd.DataFrame(table))
        for one, first in zip(columns, unknown, strict=True):
            start = len(one.known.block)
            one.known.block = np.concatenate([one.known.block, encoded[: len(first), one.known.at]])
            new = np.flatnonzero(one.places < 0)
            one.places[new] = start + np.arange(len(new))
            one.known.places.update((one.keys[at], int(one.places[at])) for at in new)


def _distinct(column: pd.Series) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The number of each row's value, and the first row of each value; few rows are taken one by one.

    Raises TypeError for values that cannot be told apart.
    """
    if len(column) <= _FEW:
        each = np.arange(len(column), dtype=np.int64)
        if column.dtype == object:
            set(column)
        return each, each
    codes, values = pd.factorize(column, use_na_sentinel=False)
    first = np.empty(len(values), dtype=np.int64)
    first[codes[::-1]] = np.arange(len(column))[::-1]
    return np.asarray(codes, dtype=np.int64), first


def _keys(held: Any) -> list[Any]:
    """The values as they are looked up: missing is None."""
    keys: list[Any] = held.tolist()
    gone = np.asarray(held.isna())
    return [None if lacks else value for value, lacks in zip(keys, gone, strict=True)] if gone.any() else keys


@dataclass(eq=False)
class _Known:
    """Where a raw column's encoded ones stand, and their values for each of its known values; missing is None."""

    at: NDArray[np.int64]
    places: dict[Any, int]
    block: FloatArray


@dataclass(frozen=True, eq=False)
class _LookedUp:
    """A column's distinct values: each row's by number, the first row that has it, its key, and its place if known."""

    known: _Known
    codes: NDArray[np.int64]
    first: NDArray[np.int64]
    keys: list[Any]
    places: NDArray[np.int64]
