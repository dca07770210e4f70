"""Which rows are sealed for the test, and why: stratified, random, group or time, chosen from evidence.

A split answers the question "how will the model be used": on rows like these (stratified), on entities it has
never seen (group), or on times that have not come yet (time). Each plan says which one it took in a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from specweave.data.inflation import measure_inflation
from specweave.data.split_evidence import (
    TimeEvidence,
    combine_groups,
    duplicate_groups,
    find_group,
    find_time,
    passed_over,
    time_values,
)
from specweave.errors import ProblemError, listing
from specweave.problem import Problem
from specweave.rendering import number, percent

REGRESSION_BINS = 10
GROUPS_SHOWN = 3


@dataclass
class _Decision:
    """A strategy with its column, before rows are drawn; reason and evidence grow on the way."""

    strategy: str
    column: str | None
    reason: str
    evidence: dict[str, Any]


@dataclass(frozen=True)
class SplitPlan:
    """Row numbers of both sides and the reason for them.

    Attributes
    ----------
    strategy : {"stratified", "random", "group", "time"}
    test_rows, train_rows : numpy.ndarray of int64
        Ascending positions in the source table; rows whose target is missing are in neither.
    target : str
    group, time : str or None
        The column rows were kept together by, or ordered by.
    reason : str
        One or more sentences for a reader.
    evidence : dict
        The numbers behind the reason, JSON-able; `inflation` for group and time splits.
    """

    strategy: str
    test_rows: np.ndarray
    train_rows: np.ndarray
    target: str
    group: str | None = None
    time: str | None = None
    reason: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)


def choose_split(frame: pd.DataFrame, problem: Problem, profile: Any) -> SplitPlan:
    """The split the problem's policy asks for, or the one the data speak for.

    Parameters
    ----------
    frame : pandas.DataFrame
        The whole table; row numbers are positions.
    problem : Problem
        With target and task; `split` is obeyed where it is explicit.
    profile : Profile
        For the roles of the columns.

    Raises
    ------
    ProblemError
        A column of the policy does not exist, cannot be read as a time, or gives no two groups; too few rows.
    """
    target = _target(frame, problem)
    labelled = np.flatnonzero(frame[target].notna().to_numpy())
    if len(labelled) < 2:
        raise ProblemError(
            "The table has too few rows with a target to set a test aside",
            value=f"{len(labelled)} rows",
            allowed="at least 2, in practice 50 or more",
            next_step="name a larger table",
        )
    rows = frame.iloc[labelled]
    roles = {column.name: column.role for column in profile.columns}
    decision = _decide(rows, problem, roles, [found.column for found in getattr(profile, "groups", None) or []])
    if len(labelled) < len(frame):
        decision.evidence["rows_without_target"] = len(frame) - len(labelled)
    if decision.strategy == "time":
        plan = _time_plan(rows, labelled, problem, decision)
    else:
        plan = _drawn_plan(rows, labelled, problem, roles, decision)
    return _with_inflation(frame, problem, roles, plan)


def _target(frame: pd.DataFrame, problem: Problem) -> str:
    if problem.target is None or problem.target not in frame.columns:
        raise ProblemError(
            "The target column is not in the table",
            value=problem.target,
            allowed=listing(map(str, frame.columns)),
            next_step="write the column's name as `target` in spec.md",
        )
    return problem.target


def _decide(rows: pd.DataFrame, problem: Problem, roles: dict[str, str], repeating: list[str]) -> _Decision:
    """Policy first, then time, then groups, else a draw at random; `repeating` are the profile's group candidates."""
    policy = problem.split
    usable = [c for c in rows.columns if c not in {e.column for e in problem.excluded}]
    time = find_time(rows, problem, roles)
    group = find_group(rows[usable], problem, roles) if policy.group is None else None
    evidence: dict[str, Any] = {"time": time.facts if time else None, "group": group.facts if group else None}
    if policy.strategy in ("random", "stratified"):
        return _Decision(policy.strategy, None, f"The specification asks for a {policy.strategy} split.", evidence)
    if policy.strategy == "time" or (policy.strategy == "auto" and policy.time):
        column = _named(rows, policy.time or (time.column if time else None), "time")
        return _Decision("time", column, "The specification asks for a split by time.", evidence)
    if policy.strategy == "group" or (policy.strategy == "auto" and policy.group):
        column = _named(rows, policy.group or (group.column if group else None), "group")
        return _Decision("group", column, "The specification asks for a split by group.", evidence)
    if time is not None and time.speaks:
        return _Decision("time", time.column, time.sentence, evidence)
    if group is not None:
        return _Decision("group", group.column, group.sentence, evidence)
    considered = passed_over(rows[usable], problem, [name for name in repeating if name != problem.target])
    if considered:
        evidence["groups_passed_over"] = considered
    return _Decision("stratified", None, _why_stratified(problem, time, considered), evidence)


def _why_stratified(problem: Problem, time: TimeEvidence | None, considered: dict[str, str]) -> str:
    mix = "the same mix of low and high" if problem.task == "regression" else "the same shares of"
    drawn = f"rows are drawn at random, with {mix} {problem.target} on both sides."
    ordered = time.sentence if time is not None else "No column orders the rows in time."
    if not considered:
        return f"{ordered} No column was found that ties rows together, so {drawn}"
    weighed = "; ".join(f"{name} was weighed, but {why}" for name, why in list(considered.items())[:GROUPS_SHOWN])
    more = f"; {len(considered) - GROUPS_SHOWN} more likewise" if len(considered) > GROUPS_SHOWN else ""
    return (
        f"{ordered} No column ties the rows together strongly enough for a split by group ({weighed}{more}), so {drawn}"
    )


def _named(rows: pd.DataFrame, column: str | None, role: str) -> str:
    if column is None or column not in rows.columns:
        raise ProblemError(
            f"The {role} column of the split is not in the table",
            value=column,
            allowed=listing(map(str, rows.columns)),
            next_step=f"write the column's name as `split.{role}` in spec.md",
        )
    return column


def _time_plan(rows: pd.DataFrame, labelled: np.ndarray, problem: Problem, decision: _Decision) -> SplitPlan:
    """The latest `test_share` of the rows, cut between two different times."""
    column, reason, evidence = str(decision.column), decision.reason, decision.evidence
    times = time_values(rows[column])
    if times is None:
        raise ProblemError(
            "The time column cannot be read as a time or a number",
            value=column,
            next_step="name another column as `split.time` in spec.md",
        )
    known = np.sort(times[~np.isnan(times)])
    wanted = known[min(len(known) - 1, int(np.floor(len(known) * (1 - problem.split.test_share))))]
    cut = wanted if wanted > known[0] else known[known > known[0]].min(initial=np.inf)
    if not np.isfinite(cut):
        raise ProblemError(
            "The time column holds a single time, so nothing can come after anything",
            value=column,
            next_step='set `split.strategy` to "stratified" in spec.md',
        )
    late = np.nan_to_num(times, nan=-np.inf) >= cut
    evidence["cut"] = _time_text(rows[column], times, cut)
    unknown = int(np.isnan(times).sum())
    reason += f" The test is the latest {percent(float(late.mean()))} of the rows, from {evidence['cut']} on."
    if unknown:
        evidence["rows_without_time"] = unknown
        reason += f" {number(unknown)} rows without a time stay in training."
    reason += _absent_classes(rows, problem, late, evidence)
    return SplitPlan("time", labelled[late], labelled[~late], str(problem.target), None, column, reason, evidence)


def _time_text(column: pd.Series, times: np.ndarray, cut: float) -> str:
    return str(column.iloc[int(np.flatnonzero(times == cut)[0])]).removesuffix(" 00:00:00")


def _drawn_plan(
    rows: pd.DataFrame, labelled: np.ndarray, problem: Problem, roles: dict[str, str], decision: _Decision
) -> SplitPlan:
    """Whole groups drawn at random inside strata of the target; a row without relatives is its own group."""
    strategy, column, evidence = decision.strategy, decision.column, decision.evidence
    copies = duplicate_groups(rows, problem, roles)
    groups = copies.codes
    if column is not None:
        groups = combine_groups(group_codes(rows[column]), groups)
        if groups.max() < 1:
            raise ProblemError(
                "The group column leaves a single group, so no group can be set aside",
                value=column,
                next_step="name another column as `split.group` in spec.md",
            )
    strata = np.zeros(len(rows), dtype=np.int64) if strategy == "random" else target_strata(rows, problem)
    test = draw_groups(groups, strata, problem.split.test_share, problem.seed)
    evidence["duplicates"] = copies.facts
    reason = decision.reason + copies.sentence + _absent_classes(rows, problem, test, evidence)
    return SplitPlan(strategy, labelled[test], labelled[~test], str(problem.target), column, None, reason, evidence)


def group_codes(column: pd.Series) -> np.ndarray:
    """Integer group of each row; a row whose group is missing is a group of its own."""
    codes = pd.factorize(column)[0].astype(np.int64)
    missing = codes < 0
    codes[missing] = codes.max(initial=-1) + 1 + np.arange(missing.sum())
    return codes


def target_strata(rows: pd.DataFrame, problem: Problem) -> np.ndarray:
    """Class of each row, or the tenth of the target it falls in for regression."""
    column = rows[str(problem.target)]
    if problem.task != "regression":
        return pd.factorize(column)[0].astype(np.int64)
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bins = min(REGRESSION_BINS, max(1, len(values) // 10))
    order = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return (order * bins // len(values)).astype(np.int64)


def draw_groups(groups: np.ndarray, strata: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Boolean mask of the test rows: in each stratum whole groups, in random order, up to `share` of its rows.

    A group belongs to the stratum most of its rows have. A stratum of two groups or more gives at least one to
    each side; a lone group stays in training, unless that would leave the test empty.
    """
    table = pd.DataFrame({"group": groups, "stratum": strata})
    sizes = table.groupby(["group", "stratum"], sort=True).size().reset_index(name="rows")
    major = sizes.sort_values(["rows", "stratum"], ascending=[False, True], kind="stable").drop_duplicates("group")
    units = sizes.groupby("group")["rows"].sum().rename("total").reset_index()
    units = units.merge(major[["group", "stratum"]], on="group").sort_values("group", ignore_index=True)
    units["draw"] = np.random.default_rng(seed).random(len(units))
    units = units.sort_values(["stratum", "draw"], ignore_index=True)
    chosen: list[np.ndarray] = []
    for _, part in units.groupby("stratum", sort=True):
        before = part["total"].cumsum().to_numpy() - part["total"].to_numpy() / 2
        take = before <= share * part["total"].sum()
        take[0] = len(part) > 1
        take[-1] = False
        chosen.append(part["group"].to_numpy()[take])
    drawn = np.concatenate(chosen)
    if len(drawn) == 0:
        drawn = units.sort_values("draw")["group"].to_numpy()[:1]
    return np.isin(groups, drawn)


def _absent_classes(rows: pd.DataFrame, problem: Problem, test: np.ndarray, evidence: dict[str, Any]) -> str:
    """A sentence for classes that cannot be judged, or cannot be learnt, on this split."""
    if problem.task == "regression":
        return ""
    labels = rows[str(problem.target)].astype(str).to_numpy()
    present = set(labels)
    unjudged = sorted(present - set(labels[test]))
    unlearnt = sorted(present - set(labels[~test]))
    text = ""
    if unjudged:
        evidence["classes_only_in_training"] = unjudged
        text += f" The test holds no row of {listing(unjudged)}, so nothing can be said about it."
    if unlearnt:
        evidence["classes_only_in_test"] = unlearnt
        text += f" Training holds no row of {listing(unlearnt)}, so no model can predict it."
    return text


def _with_inflation(frame: pd.DataFrame, problem: Problem, roles: dict[str, str], plan: SplitPlan) -> SplitPlan:
    if plan.strategy not in ("group", "time"):
        return plan
    training = frame.iloc[plan.train_rows]
    found = measure_inflation(training, problem, roles, group=plan.group, time=plan.time)
    plan.evidence["inflation"] = found.facts
    return replace(plan, reason=f"{plan.reason} {found.sentence}".strip())
