"""What is different in the fold a model does worst on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from specweave.evaluation.diagnosis_result import ColumnShift, WorstFold
from specweave.evaluation.result import FoldSpread
from specweave.metrics import Predictions, get_metric

# As in the check of cross-validation: for errors, as a share of their mean.
UNSTABLE = 0.1
NOTABLE = 0.1
MOST_SHIFTS = 3
MOST_LEVELS = 12


def unstable(folds: FoldSpread | None, metric: str) -> bool:
    """Whether the folds' standard deviation exceeds 0.1, for errors 0.1 times their mean."""
    if folds is None:
        return False
    unit = 1.0 if get_metric(metric).greater_is_better else abs(folds.mean)
    return folds.std > UNSTABLE * unit


def worst_fold(folds: FoldSpread, metric: str, held_out: Predictions | None, rows: pd.DataFrame) -> WorstFold:
    """The fold with the worst value and the columns whose rows differ most there; `rows` is indexed by row number."""
    pick = np.argmin if get_metric(metric).greater_is_better else np.argmax
    values = folds.values  # noqa: PD011  # a tuple, not a frame
    at = int(pick(values))
    facts = {"fold": at + 1, "value": values[at]}
    if held_out is None or held_out.folds is None or held_out.rows is None:
        return WorstFold(**facts, reason="the experiment does not say which rows were in which fold")
    names = np.unique(held_out.folds[held_out.folds >= 0])
    if len(names) != len(values) or not np.isin(held_out.rows, rows.index.to_numpy()).all():
        return WorstFold(**facts, reason="the out-of-fold predictions do not match the recorded folds")
    inside = held_out.folds == names[at]
    return WorstFold(**facts, n=int(inside.sum()), shifts=shifts(rows.loc[held_out.rows], inside))


def shifts(rows: pd.DataFrame, inside: NDArray[np.bool_], skip: Collection[str] = ()) -> tuple[ColumnShift, ...]:
    """Columns whose mean, or the share of a value, differs inside by at least 0.1 standard deviations and beyond chance.

    `inside` marks rows, shape (n,). Chance allows one false name in twenty such comparisons of all columns.
    """
    found = [one for name in rows.columns if name not in skip for one in _shifts_of(rows[name], inside)]
    if not found:
        return ()
    error = float(np.sqrt(1 / max(inside.sum(), 1) + 1 / max((~inside).sum(), 1)))
    limit = max(NOTABLE, NormalDist().inv_cdf(1 - 0.025 / len(found)) * error)
    kept = sorted((one for one in found if abs(one.shift) > limit), key=lambda one: -abs(one.shift))
    named: dict[str, ColumnShift] = {}
    for one in kept:
        named.setdefault(one.column, one)
    return tuple(named.values())[:MOST_SHIFTS]


def _shifts_of(column: pd.Series, inside: NDArray[np.bool_]) -> Iterator[ColumnShift]:
    name = str(column.name)
    if is_numeric_dtype(column) and not is_bool_dtype(column):
        yield from _of_numbers(name, column.to_numpy(np.float64, na_value=np.nan), inside)
        return
    texts = column.astype(object).where(column.notna(), "missing").map(str)
    counts = texts.value_counts()
    if len(counts) > len(texts) / 2:
        return
    for level in counts.index[:MOST_LEVELS]:
        yield from _of_numbers(name, (texts == level).to_numpy(np.float64), inside, level=str(level))


def _of_numbers(
    name: str, values: NDArray[np.float64], inside: NDArray[np.bool_], level: str | None = None
) -> Iterator[ColumnShift]:
    known = np.isfinite(values)
    here, there = values[inside & known], values[~inside & known]
    if len(here) < 2 or len(there) < 2:
        return
    spread = float(np.sqrt((here.var(ddof=1) + there.var(ddof=1)) / 2))
    if spread == 0:
        return
    yield ColumnShift(
        column=name,
        shift=float(here.mean() - there.mean()) / spread,
        inside=float(here.mean()),
        outside=float(there.mean()),
        level=level,
    )
