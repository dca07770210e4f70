"""The table as detectors see it: features, the encoded target, and a sample cut into two halves that judge each other."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype, is_timedelta64_dtype

from specweave.errors import ProblemError, listing, suggestion
from specweave.leakage.finding import NotApplicable
from specweave.leakage.partition import held_out_by
from specweave.problem import Task

if TYPE_CHECKING:
    from specweave.leakage.strength import Strength

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Bools = NDArray[np.bool_]

SAMPLE_CELLS = 2_000_000
SAMPLE_ROWS = 20_000
LEAST_SAMPLE = 4_000
MOST_CLASSES = 50
OTHER = "(other classes)"


class Material:
    """Rows with a target, without the excluded columns; everything random follows from `seed`.

    `features` has n rows and a fresh index; `y` holds class numbers (int64, in the order of `classes`; beyond 50 the
    rare ones are one class) or float64 values.
    `held_out` tells, for each row of the frame, whether it is set aside for judging.
    `sample` are the sorted positions judged by models: all rows of a small table, of a large one at most 20,000
    in which each class keeps a fair number.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        target: str,
        *,
        task: Task,
        positive: str | None = None,
        time: str | None = None,
        group: str | None = None,
        excluded: Iterable[str] = (),
        seed: int = 0,
        held_out: Bools | None = None,
    ) -> None:
        _require_columns(frame, {"target": target, "time": time, "group": group})
        present = frame[target].notna().to_numpy(dtype=bool)
        known = frame if present.all() else frame[present]
        dropped = {target, *excluded} - {time, group}
        self.features = known.drop(columns=[name for name in known.columns if name in dropped]).reset_index(drop=True)
        self.target = target
        self.task = task
        self.positive = positive
        self.time = time
        self.group = group
        self.seed = seed
        self.held_out = None if held_out is None else _of_known_rows(held_out, present)
        self.y, self.classes = _encoded(known[target].reset_index(drop=True), task)
        self._strengths: dict[Any, Strength] = {}

    @property
    def columns(self) -> list[str]:
        return list(self.features.columns)

    @property
    def n(self) -> int:
        return len(self.features)

    def held_out_rows(self) -> tuple[Bools, str | None]:
        """(which rows are held out, the column that says so); raises NotApplicable when nobody says.

        Either the caller said which, or a column does: named `split`, `set`, `fold`, `is_test` … with such values.
        """
        if self.held_out is not None:
            return self.held_out, None
        for column in self.columns:
            named = held_out_by(column, self.features[column])
            if named is not None:
                return named, column
        raise NotApplicable("nothing says which rows are held out, and no column names a split")

    @property
    def is_regression(self) -> bool:
        return self.task == "regression"

    @cached_property
    def smallest_class(self) -> int:
        """Rows of the rarest class; for regression the rows whose target differs from the most frequent value."""
        if self.is_regression:
            return int(self.n - np.unique(self.y, return_counts=True)[1].max()) if self.n else 0
        return int(np.bincount(self.y, minlength=len(self.classes)).min()) if self.n else 0

    def rng(self, purpose: str) -> np.random.Generator:
        """Random numbers that depend on the seed and the purpose only, never on who drew before."""
        return np.random.default_rng([self.seed, zlib.crc32(purpose.encode())])

    @cached_property
    def sample(self) -> Codes:
        size = min(SAMPLE_ROWS, max(LEAST_SAMPLE, SAMPLE_CELLS // max(1, len(self.columns))))
        if self.n <= size:
            return np.arange(self.n)
        rng = self.rng("sample")
        if self.is_regression:
            return np.sort(rng.choice(self.n, size, replace=False))
        return _fair_sample(self.y.astype(np.int64), size, rng)

    @property
    def sampled(self) -> bool:
        return len(self.sample) < self.n

    @cached_property
    def sample_y(self) -> NDArray[Any]:
        return self.y[self.sample]

    @cached_property
    def first_half(self) -> Bools:
        """Which rows of the sample belong to the first half; each class is halved on its own."""
        labels = np.zeros(len(self.sample), dtype=np.int64) if self.is_regression else self.sample_y
        shuffled = self.rng("halves").permutation(len(self.sample))
        ordered = shuffled[np.argsort(labels[shuffled], kind="stable")]
        half = np.zeros(len(self.sample), dtype=bool)
        half[ordered[::2]] = True
        return half

    def kind(self, column: str) -> str:
        """`number`, `time` or `category` (everything else: texts, booleans, mixed objects)."""
        values = self.features[column]
        if is_datetime64_any_dtype(values.dtype):
            return "time"
        if is_timedelta64_dtype(values.dtype):
            return "number"
        if isinstance(values.dtype, pd.CategoricalDtype) or is_bool_dtype(values.dtype):
            return "category"
        plain = is_numeric_dtype(values.dtype) and not np.issubdtype(_numpy_type(values.dtype), np.complexfloating)
        return "number" if plain else "category"

    def numbers(self, column: str, rows: Codes | None = None) -> Floats:
        """The values as float64, missing and infinite ones as NaN; times as microseconds."""
        values = self.features[column] if rows is None else self.features[column].iloc[rows]
        if is_datetime64_any_dtype(values.dtype) or is_timedelta64_dtype(values.dtype):
            moments: Floats = values.dt.as_unit("us").astype("int64").to_numpy().astype(np.float64)
            moments[values.isna().to_numpy()] = np.nan
            return moments
        result: Floats = np.array(values.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
        result[np.isinf(result)] = np.nan
        return result

    def codes(self, column: str, rows: Codes | None = None) -> Codes:
        """A number per distinct value, in order of first appearance; −1 for missing."""
        values = self.features[column] if rows is None else self.features[column].iloc[rows]
        try:
            found = pd.factorize(values)[0]
        except TypeError:  # lists, dictionaries and other values without a hash
            found = pd.factorize(values.map(repr, na_action="ignore"))[0]
        return np.asarray(found, dtype=np.int64)

    def missing(self, column: str, rows: Codes | None = None) -> Bools:
        values = self.features[column] if rows is None else self.features[column].iloc[rows]
        return values.isna().to_numpy(dtype=bool)

    def remembered(self, key: Any, strength: Strength | None = None) -> Strength | None:
        """A strength measured before under `key`, or the given one after keeping it."""
        if strength is not None:
            self._strengths[key] = strength
        return self._strengths.get(key)

    def judged_rows(self) -> str:
        """How the rows judged are named in a sentence."""
        return f"a sample of {len(self.sample):,} of {self.n:,} rows" if self.sampled else f"{self.n:,} rows"


def _of_known_rows(held_out: Bools, present: Bools) -> Bools:
    mask = np.asarray(held_out, dtype=bool)
    if mask.shape != present.shape:
        raise ProblemError(
            "held_out has another length than the table",
            value=len(mask),
            allowed=f"{len(present)}, a truth value a row",
        )
    return np.asarray(mask[present], dtype=bool)


def _numpy_type(dtype: Any) -> Any:
    return getattr(dtype, "numpy_dtype", None) or (dtype if isinstance(dtype, np.dtype) else np.dtype(float))


def _require_columns(frame: pd.DataFrame, wanted: dict[str, str | None]) -> None:
    for role, name in wanted.items():
        if name is not None and name not in frame.columns:
            raise ProblemError(
                f"The {role} column is not in the data",
                value=name,
                allowed=listing(map(str, frame.columns)),
                next_step=suggestion(str(name), map(str, frame.columns)),
            )
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()]
        raise ProblemError("Two columns have the same name", value=listing(map(str, twice)), next_step="rename one")


def _encoded(target: pd.Series[Any], task: Task) -> tuple[NDArray[Any], tuple[str, ...]]:
    if task == "regression":
        numbers = pd.to_numeric(target, errors="coerce")
        if numbers.isna().any():
            wrong = target[numbers.isna()].iloc[0]
            raise ProblemError(
                f"The target {target.name} of a regression holds text",
                value=wrong,
                allowed="numbers",
                next_step="correct the value, or set task to binary or multiclass in spec.md",
            )
        return numbers.to_numpy(dtype=np.float64), ()
    texts = target.astype(str)
    counts = texts.value_counts()
    if len(counts) > MOST_CLASSES:
        texts = texts.where(texts.isin(counts.index[: MOST_CLASSES - 1]), OTHER)
    codes, values = pd.factorize(texts, sort=True)
    return np.asarray(codes, dtype=np.int64), tuple(map(str, values))


def _fair_sample(y: Codes, size: int, rng: np.random.Generator) -> Codes:
    # Half of the sample is shared equally among the classes, so that a rare class is judged by enough rows.
    present = np.unique(y)
    kept = [
        rows if len(rows := np.flatnonzero(y == label)) <= (quota := size // (2 * len(present)))
        else rng.choice(rows, quota, replace=False)
        for label in present
    ]  # fmt: skip
    chosen = np.zeros(len(y), dtype=bool)
    chosen[np.concatenate(kept)] = True
    rest = np.flatnonzero(~chosen)
    chosen[rng.choice(rest, min(len(rest), size - int(chosen.sum())), replace=False)] = True
    return np.flatnonzero(chosen)
