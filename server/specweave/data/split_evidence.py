"""What speaks for a split: rows ordered in time that drift, entities that repeat, and exact copies."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_float_dtype, is_numeric_dtype

from specweave.problem import Problem
from specweave.rendering import number, percent

ORDERED_SHARE = 0.95
DRIFT_DISTANCE = 0.05
DRIFT_KS = 0.1
SIGNIFICANCE = 0.001
NEIGHBOURS_ALIKE = 0.3
TARGET_ALIKE = 0.2
FEATURES_ALIKE = 0.5
UNNAMED_FEATURES_ALIKE = 0.8
PAIRS = 5_000
LARGEST_COPY_SHARE = 0.02
_ID_WORDS = {"id", "ids", "uid", "uuid", "guid"}
_FILLERS = _ID_WORDS | {"number", "no", "nr", "num", "code", "key", "name", "ref", "hash"}
_ENTITIES = frozenset(
    {
        "account",
        "animal",
        "applicant",
        "author",
        "borrower",
        "client",
        "customer",
        "cow",
        "device",
        "dog",
        "driver",
        "employee",
        "family",
        "farm",
        "household",
        "individual",
        "member",
        "merchant",
        "mouse",
        "owner",
        "participant",
        "patient",
        "person",
        "plant",
        "player",
        "respondent",
        "sensor",
        "session",
        "speaker",
        "student",
        "subject",
        "subscriber",
        "user",
        "visitor",
    }
)


@dataclass(frozen=True)
class TimeEvidence:
    """The column that orders the rows, whether it should decide the split, and a sentence on it."""

    column: str
    speaks: bool
    sentence: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class GroupEvidence:
    """The column whose values repeat over rows that resemble each other."""

    column: str
    sentence: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Copies:
    """Group number of each row, equal for exact copies."""

    codes: np.ndarray
    sentence: str
    facts: dict[str, Any]


def time_values(column: pd.Series) -> np.ndarray | None:
    """Seconds (or the numbers of a numeric column) with NaN where unknown; nothing when most do not parse."""
    if is_datetime64_any_dtype(column.dtype):
        moments = column
    elif is_numeric_dtype(column.dtype) and not is_bool_dtype(column.dtype):
        return pd.to_numeric(column).to_numpy(dtype=float, na_value=np.nan)
    else:
        with warnings.catch_warnings():
            # pandas warns when it has to guess a format per value; guessing is what is wanted here.
            warnings.simplefilter("ignore", UserWarning)
            moments = pd.to_datetime(column.astype("string"), errors="coerce", utc=True)
    known = moments.notna()
    if known.sum() < 0.95 * max(1, column.notna().sum()) or not known.any():
        return None
    if getattr(moments.dtype, "tz", None) is not None:
        moments = moments.dt.tz_convert("UTC").dt.tz_localize(None)
    seconds = moments.astype("datetime64[ns]").astype("int64").to_numpy() / 1e9
    return np.where(known.to_numpy(), seconds, np.nan)


def find_time(rows: pd.DataFrame, problem: Problem, roles: dict[str, str]) -> TimeEvidence | None:
    """The first datetime column the rows are ordered by, judged by drift of the target along it."""
    for name in map(str, rows.columns):
        if name == problem.target or not _is_time(rows[name], roles.get(name)):
            continue
        times = time_values(rows[name])
        if times is not None and (ordered := ordered_share(times)) >= ORDERED_SHARE:
            return _judge_time(rows, problem, name, times, ordered)
    return None


def _is_time(column: pd.Series, role: str | None) -> bool:
    return role == "datetime" or is_datetime64_any_dtype(column.dtype)


def ordered_share(times: np.ndarray) -> float:
    """Share of neighbouring rows in order (in the better direction); 0 when times hardly vary."""
    known = times[~np.isnan(times)]
    if len(np.unique(known)) < 10:
        return 0.0
    steps = np.diff(known)
    return float(max((steps >= 0).mean(), (steps <= 0).mean()))


def _judge_time(rows: pd.DataFrame, problem: Problem, name: str, times: np.ndarray, ordered: float) -> TimeEvidence:
    order = np.argsort(times, kind="stable")
    target = rows[str(problem.target)].iloc[order]
    late = np.arange(len(order)) >= len(order) * (1 - problem.split.test_share)
    facts: dict[str, Any] = {"column": name, "ordered_share": round(ordered, 4)}
    drifts = _drift(target, late, problem.task, facts)
    alike = _alike(target.iloc[:-1], target.iloc[1:], target, problem.task == "regression")
    facts["neighbours_alike"] = round(alike, 4)
    close = alike >= NEIGHBOURS_ALIKE and len(rows) >= 50
    speaks = drifts or close
    share = f"{percent(ordered)} of the rows stand in the order of {name}"
    if not speaks:
        sentence = f"{share}, but {problem.target} neither drifts along it nor resembles its neighbours."
    else:
        why = [f"{problem.target} differs between early and late rows"] if drifts else []
        why += ["rows next to each other resemble each other"] if close else []
        sentence = f"{share} and {' and '.join(why)}, so the model is tested on times after those it learns from."
    return TimeEvidence(name, speaks, sentence, facts)


def _drift(target: pd.Series, late: np.ndarray, task: str | None, facts: dict[str, Any]) -> bool:
    from scipy import stats

    if task == "regression":
        values = pd.to_numeric(target, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        result = stats.ks_2samp(values[late], values[~late], method="asymp")
        distance, p_value = float(result.statistic), float(result.pvalue)
        facts["drift_ks"] = round(distance, 4)
        enough = distance >= DRIFT_KS
    else:
        table = pd.crosstab(target.astype(str).to_numpy(), late).to_numpy()
        if min(table.shape) < 2:
            return False
        shares = table / table.sum(axis=0)
        distance = float(np.abs(shares[:, 0] - shares[:, 1]).sum() / 2)
        p_value = float(stats.chi2_contingency(table).pvalue)
        facts["drift_distance"] = round(distance, 4)
        enough = distance >= DRIFT_DISTANCE
    facts["drift_p_value"] = float(f"{p_value:.3g}")
    return bool(enough and p_value < SIGNIFICANCE)


def _alike(first: pd.Series, second: pd.Series, whole: pd.Series, numeric: bool) -> float:
    """How far paired values agree beyond chance: 0 as for random pairs, 1 when equal."""
    if numeric:
        values = pd.to_numeric(whole, errors="coerce").astype(float)
        spread = float(values.var(ddof=0))
        if not spread > 0:
            return 0.0
        gap = first.to_numpy(dtype=float, na_value=np.nan) - second.to_numpy(dtype=float, na_value=np.nan)
        return 1 - float(np.nanmean(gap**2)) / (2 * spread) if np.isfinite(gap).any() else 0.0
    chance = float((whole.value_counts(normalize=True, dropna=False) ** 2).sum())
    same = float((first.astype(str).to_numpy() == second.astype(str).to_numpy()).mean())
    return (same - chance) / (1 - chance) if chance < 1 else 0.0


def find_group(rows: pd.DataFrame, problem: Problem, roles: dict[str, str]) -> GroupEvidence | None:
    """The column that most looks like a repeated entity whose rows resemble each other, if there is one."""
    found = []
    for name in map(str, rows.columns):
        if name == problem.target or roles.get(name) in ("datetime", "constant", "empty", "boolean"):
            continue
        evidence = _judge_group(rows, problem, name)
        if isinstance(evidence, GroupEvidence):
            found.append(evidence)
    return max(found, key=lambda e: e.facts["features_alike"] + e.facts["target_alike"], default=None)


def passed_over(rows: pd.DataFrame, problem: Problem, names: list[str]) -> dict[str, str]:
    """Why each of these columns, which repeat values, does not decide the split; those that would are left out."""
    judged = {name: _judge_group(rows, problem, name) for name in names if name in rows.columns}
    return {name: why for name, why in judged.items() if isinstance(why, str)}


def _judge_group(rows: pd.DataFrame, problem: Problem, name: str) -> GroupEvidence | str:
    """What speaks for the column as a group, or why it is none."""
    column = rows[name]
    if is_float_dtype(column.dtype) or is_datetime64_any_dtype(column.dtype):
        return "it measures something"
    named = is_entity_name(name)
    groups, known = column.nunique(), int(column.notna().sum())
    counted = f"{number(groups)} values over {number(known)} rows"
    if groups < (5 if named else 20):
        return f"it has too few values ({counted})"
    if groups > known / 2:
        return f"most of its values stand in a row or two ({counted})"
    if not named and is_numeric_dtype(column.dtype):
        return "it is a number whose name speaks of no entity"
    first, second = _pairs(column, problem.seed)
    target = rows[str(problem.target)]
    alike = _alike(target.iloc[first], target.iloc[second], target, problem.task == "regression")
    features = _features_alike(rows.drop(columns=[name, str(problem.target)]), first, second)
    floor = max(TARGET_ALIKE, 4 / np.sqrt(len(first)))
    speaks = (alike >= floor or features >= FEATURES_ALIKE) if named else features >= UNNAMED_FEATURES_ALIKE
    if not speaks:
        return f"its rows resemble each other too little ({counted})"
    facts = {
        "column": name,
        "groups": int(groups),
        "rows_per_group": round(known / groups, 2),
        "target_alike": round(alike, 4),
        "features_alike": round(features, 4),
    }
    sentence = (
        f"{name} repeats ({number(int(groups))} values over {number(known)} rows) and its rows resemble each other, "
        f"so all rows of one {name} stay on one side."
    )
    return GroupEvidence(name, sentence, facts)


def is_entity_name(name: str) -> bool:
    """Whether a column's name says it identifies somebody or something: user_id, PatientNo, subject."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = [word.lower() for word in re.split(r"[^A-Za-z]+", spaced) if word]
    if not words:
        return False
    if words[-1] in _ID_WORDS:
        return True
    return any(w in _ENTITIES for w in words) and all(w in _ENTITIES | _FILLERS for w in words)


def _pairs(column: pd.Series, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions of up to PAIRS pairs of rows of the same group, drawn evenly."""
    codes = pd.factorize(column)[0]
    order = np.random.default_rng(seed).permutation(len(codes))
    order = order[np.argsort(codes[order], kind="stable")]
    same = np.flatnonzero((codes[order][1:] == codes[order][:-1]) & (codes[order][1:] >= 0))
    same = np.random.default_rng(seed).permutation(same)[:PAIRS]
    return order[same], order[same + 1]


def _features_alike(features: pd.DataFrame, first: np.ndarray, second: np.ndarray) -> float:
    """Median over the columns of how far paired rows agree beyond chance; constant columns do not count."""
    scores = []
    for name in features.columns:
        column = features[name]
        if column.nunique() < 2:
            continue
        numeric = is_numeric_dtype(column.dtype) and not is_bool_dtype(column.dtype)
        scores.append(_alike(column.iloc[first], column.iloc[second], column, numeric))
    return float(np.median(scores)) if scores else 0.0


def duplicate_groups(rows: pd.DataFrame, problem: Problem, roles: dict[str, str]) -> Copies:
    """Exact copies (identifiers and excluded columns aside) as groups, so both sides never share a row.

    Where few distinct rows exist, equal rows are different cases that happen to agree and are not tied together.
    """
    excluded = {e.column for e in problem.excluded}
    columns = [c for c in rows.columns if c not in excluded and roles.get(str(c)) not in ("id", "empty", "constant")]
    alone = np.arange(len(rows), dtype=np.int64)
    if not columns:
        return Copies(alone, "", {"rows_with_copies": 0})
    codes = pd.factorize(pd.util.hash_pandas_object(rows[columns], index=False).to_numpy())[0].astype(np.int64)
    sizes = np.bincount(codes)
    copied = int(sizes[sizes > 1].sum())
    facts = {"rows_with_copies": copied, "largest": int(sizes.max()), "kept_together": True}
    if copied == 0:
        return Copies(alone, "", {"rows_with_copies": 0})
    if sizes.max() > max(20, LARGEST_COPY_SHARE * len(rows)):
        facts["kept_together"] = False
        sentence = (
            f" {number(copied)} rows equal another one, up to {number(int(sizes.max()))} at a time: with so few "
            "distinct rows they count as different cases."
        )
        return Copies(alone, sentence, facts)
    return Copies(codes, f" {number(copied)} rows have exact copies; copies stay on one side.", facts)


def combine_groups(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Groups such that rows together in either stay together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    offset = int(first.max()) + 1
    size = offset + int(second.max()) + 1
    links = coo_array((np.ones(len(first), dtype=np.int8), (first, second + offset)), shape=(size, size))
    labels = connected_components(links, directed=False)[1]
    return np.unique(labels[first], return_inverse=True)[1].astype(np.int64)
