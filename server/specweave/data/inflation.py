"""What a naive random split would have claimed, measured with a quick model on training rows only.

The sealed rows take no part: the training rows are split once at random and once in the chosen way, and the same
small model is fitted on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

from specweave.data.split_evidence import time_values
from specweave.problem import Problem
from specweave.rendering import number

ROWS = 10_000
ITERATIONS = 60
SHARE = 0.2
_METRICS = {"binary": "roc_auc", "multiclass": "accuracy", "regression": "r2"}


@dataclass(frozen=True)
class Inflation:
    """The two scores, or the reason there are none."""

    facts: dict[str, Any]
    sentence: str


def measure_inflation(
    training: pd.DataFrame, problem: Problem, roles: dict[str, str], *, group: str | None, time: str | None
) -> Inflation:
    """Score of a quick model under a random split and under a split by `group` or `time`.

    At most 10,000 rows are used (the latest, or those of randomly drawn groups); a second or two.
    """
    rng = np.random.default_rng(problem.seed)
    rank = _rank(training, rng, group=group, time=time)
    used = np.argsort(rank, kind="stable")[-ROWS:]
    sample, rank = training.iloc[used], rank[used]
    features = _encoded(sample, problem, roles, group)
    if len(sample) < 50 or features.shape[1] == 0:
        return Inflation({"undefined": "fewer than 50 training rows or no features"}, "")
    # The last share by rank: later times, or groups the model has not met; ties never straddle the cut.
    chosen = rank >= np.quantile(rank, 1 - SHARE)
    naive = rng.permutation(len(sample)) < chosen.sum()
    metric = _METRICS[problem.task or "regression"]
    scores = [_score(features, sample[str(problem.target)], test, metric) for test in (naive, chosen)]
    if scores[0] is None or scores[1] is None:
        return Inflation({"undefined": "one side of the split lacks a class"}, "")
    facts = {"metric": metric, "random_split": scores[0], "this_split": scores[1], "rows": len(sample)}
    sentence = (
        f"On training rows a quick model reaches {metric} {number(scores[1])} under this split; "
        f"a random split would have shown {number(scores[0])}."
    )
    return Inflation(facts, sentence)


def _rank(training: pd.DataFrame, rng: np.random.Generator, *, group: str | None, time: str | None) -> np.ndarray:
    """Order of the rows: time, or a random number per group."""
    if time is not None:
        values = time_values(training[time])
        if values is not None:
            late: np.ndarray = np.nan_to_num(values, nan=-np.inf)
            return late
    codes = pd.factorize(training[str(group)], use_na_sentinel=False)[0]
    ranks: np.ndarray = rng.permutation(int(codes.max()) + 1)[codes].astype(float)
    return ranks


def _encoded(sample: pd.DataFrame, problem: Problem, roles: dict[str, str], group: str | None) -> np.ndarray:
    left_out = {problem.target, group, *(e.column for e in problem.excluded)}
    columns = [
        _numbers(sample[name])
        for name in sample.columns
        if name not in left_out and roles.get(str(name)) not in ("id", "text", "constant", "empty")
    ]
    return np.column_stack(columns) if columns else np.empty((len(sample), 0))


def _numbers(column: pd.Series) -> np.ndarray:
    if is_datetime64_any_dtype(column.dtype):
        times = time_values(column)
        return np.zeros(len(column)) if times is None else times
    if is_numeric_dtype(column.dtype) or is_bool_dtype(column.dtype):
        return column.to_numpy(dtype=float, na_value=np.nan)
    return pd.factorize(column.astype("string"), sort=True)[0].astype(float)


def _score(features: np.ndarray, target: pd.Series, test: np.ndarray, metric: str) -> float | None:
    from sklearn import metrics
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    facts = {"max_iter": ITERATIONS, "random_state": 0, "early_stopping": False}
    if metric == "r2":
        truth = pd.to_numeric(target, errors="coerce").to_numpy(dtype=float)
        regressor = HistGradientBoostingRegressor(**facts).fit(features[~test], truth[~test])
        return float(metrics.r2_score(truth[test], regressor.predict(features[test])))
    codes = pd.factorize(target.astype(str), sort=True)[0]
    if len(np.unique(codes[test])) < 2 or len(np.unique(codes[~test])) < 2:
        return None
    model = HistGradientBoostingClassifier(**facts).fit(features[~test], codes[~test])
    if metric == "accuracy":
        return float((model.predict(features[test]) == codes[test]).mean())
    return float(metrics.roc_auc_score(codes[test], model.predict_proba(features[test])[:, 1]))
