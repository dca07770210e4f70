"""Cross-validation folds of the training rows: stratified, by group, or following time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from specweave.data.split import group_codes, target_strata
from specweave.data.split_evidence import combine_groups, duplicate_groups, time_values
from specweave.errors import ProblemError
from specweave.problem import Problem
from specweave.problems.base import Folds


def make_folds(problem: Problem, training: pd.DataFrame, *, group: str | None, time: str | None) -> Folds:
    """Folds that repeat, inside the training rows, the question the sealed test set asks.

    Raises
    ------
    ProblemError
        Fewer than two groups or times are left in training.
    """
    if time is not None:
        return _following_time(problem, training, time)
    groups = duplicate_groups(training, problem, {}).codes
    if group is not None:
        groups = combine_groups(group_codes(training[group]), groups)
    strata = target_strata(training, problem)
    count = _possible_count(problem, groups, strata)
    number = deal_groups(groups, strata, count, problem.seed)
    kind = f"whole groups of {group}" if group else "stratified"
    return Folds(number, ordered=False, reason=f"{count} folds, {kind}" + _fewer(count, problem.folds))


def deal_groups(groups: np.ndarray, strata: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Fold of each row: in each stratum whole groups, in random order, are dealt to folds of equal row counts."""
    table = pd.DataFrame({"group": groups, "stratum": strata})
    sizes = table.groupby(["group", "stratum"]).size().reset_index(name="rows")
    major = sizes.sort_values(["rows", "stratum"], ascending=[False, True], kind="stable").drop_duplicates("group")
    units = major[["group", "stratum"]].merge(sizes.groupby("group")["rows"].sum().reset_index(), on="group")
    rng = np.random.default_rng(seed)
    units = units.sort_values("group", ignore_index=True).assign(draw=rng.random(len(units)))
    units = units.sort_values(["stratum", "draw"], ignore_index=True)
    # One running count over all strata: each stratum spreads evenly and the remainders do not pile up in one fold.
    before = units["rows"].cumsum() - units["rows"]
    fold_of = pd.Series((before % count if units["rows"].max() == 1 else _by_rows(units, count)).to_numpy())
    found: np.ndarray = fold_of.set_axis(units["group"]).loc[groups].to_numpy(dtype=np.int64)
    return found


def _by_rows(units: pd.DataFrame, count: int) -> pd.Series:
    """Each group goes to the fold that has fewest rows of its stratum, then fewest rows, so far."""
    fold = np.empty(len(units), dtype=np.int64)
    total = np.zeros(count)
    in_stratum: dict[int, np.ndarray] = {}
    for i, (stratum, rows) in enumerate(zip(units["stratum"], units["rows"], strict=True)):
        held = in_stratum.setdefault(stratum, np.zeros(count))
        chosen = int(np.lexsort((total, held))[0])
        fold[i] = chosen
        held[chosen] += rows
        total[chosen] += rows
    return pd.Series(fold)


def _possible_count(problem: Problem, groups: np.ndarray, strata: np.ndarray) -> int:
    units = len(np.unique(groups))
    if units < 2:
        raise ProblemError(
            "Training holds a single group, so it cannot be cross-validated by group",
            next_step="name another column as `split.group` in spec.md",
        )
    fewest = units
    if problem.task == "binary":
        of_class = [len(np.unique(groups[strata == s])) for s in np.unique(strata)]
        fewest = min(of_class)
    return max(2, min(problem.folds, fewest))


def _following_time(problem: Problem, training: pd.DataFrame, time: str) -> Folds:
    """The rows in time order are cut into one block more than folds; each fold predicts the block after those it knows."""
    values = time_values(training[time])
    assert values is not None  # the split was made by this column
    moments = np.nan_to_num(values, nan=-np.inf)
    distinct = np.unique(moments)
    if len(distinct) < 3:
        raise ProblemError(
            "Training holds too few different times to be cross-validated by time",
            value=len(distinct),
            allowed="3 or more",
            next_step='set `split.strategy` to "stratified" in spec.md',
        )
    count = min(problem.folds, len(distinct) - 1)
    cuts = np.unique(np.quantile(moments[np.isfinite(moments)], np.arange(1, count + 1) / (count + 1), method="higher"))
    number = np.searchsorted(cuts, moments, side="right") - 1
    number = np.unique(number, return_inverse=True)[1] - 1
    count = int(number.max()) + 1
    reason = f"{count} folds that follow {time}, each learning only from earlier rows" + _fewer(count, problem.folds)
    return Folds(number.astype(np.int64), ordered=True, reason=reason)


def _fewer(count: int, wanted: int) -> str:
    return f" ({wanted} were asked for, the data allow {count})" if count < wanted else ""
