"""All experiments of an increment as cross-validation saw them, each against the best baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from specweave.errors import DataError
from specweave.evaluation.choice import cross_validated, out_of_fold
from specweave.evaluation.result import Contender, FoldSpread
from specweave.experiments import ExperimentSummary
from specweave.metrics import Comparison, Predictions, UndefinedMetric, compare, fold_interval, get_metric, holm

RESAMPLES = 500
LEVEL = 0.95


def contenders(
    records: Sequence[ExperimentSummary],
    baseline: ExperimentSummary | None,
    metric: str,
    groups: pd.Series | None = None,
) -> tuple[Contender, ...]:
    """Every record with an out-of-fold value, best first.

    Candidates are compared with the baseline on the same rows; p-values are corrected by Holm's method, because
    the best of many looks good by chance. Weaker baselines are not tested: that would only cost power. `groups` (indexed by row number) makes rows count as whole groups.
    """
    reference = None if baseline is None else out_of_fold(baseline)
    found = [_contender(record, baseline, reference, metric, groups) for record in records]
    sign = -1 if get_metric(metric).greater_is_better else 1
    valued = [one for one in found if one.value is not None]
    return _corrected(sorted(valued, key=lambda one: sign * (one.value or 0.0)))


def fold_spread(
    record: ExperimentSummary, held_out: Predictions | None, n_train: int, metric: str
) -> FoldSpread | None:
    """The recorded values per fold (fold_1, fold_2, …) with the interval of their mean; None below two folds."""
    named = {name: value for name, value in record.metrics.items() if name.startswith("fold_") and name[5:].isdecimal()}
    values = [float(named[name]) for name in sorted(named, key=lambda n: int(n[5:])) if named[name] is not None]  # type: ignore[arg-type]
    size = n_train / max(len(values), 1)
    if held_out is not None and held_out.folds is not None and len(held_out):
        size = float(np.bincount(held_out.folds[held_out.folds >= 0]).mean())
    try:
        low, high = fold_interval(values, max(n_train - size, 1), size, metric=metric)
    except UndefinedMetric:
        return None
    return FoldSpread(
        values=tuple(values), mean=float(np.mean(values)), std=float(np.std(values, ddof=1)), low=low, high=high
    )


def _contender(
    record: ExperimentSummary,
    baseline: ExperimentSummary | None,
    reference: Predictions | None,
    metric: str,
    groups: pd.Series | None,
) -> Contender:
    held_out = out_of_fold(record)
    facts: dict[str, Any] = {"experiment": record.id, "kind": record.kind, "value": cross_validated(record, metric)}
    if held_out is not None:
        facts["folds"] = fold_spread(record, held_out, len(held_out), metric)
    if baseline is None:
        return Contender(**facts)
    if record.kind == "baseline":
        return Contender(**facts, note="the best baseline" if record.id == baseline.id else "a weaker baseline")
    if held_out is None or reference is None:
        return Contender(**facts, note="no out-of-fold predictions to compare")
    try:
        return Contender(**facts, comparison=_compared(held_out, reference, metric, groups))
    except DataError as error:
        return Contender(**facts, note=f"not comparable: {error.what}")


def _compared(a: Predictions, b: Predictions, metric: str, groups: pd.Series | None) -> Comparison:
    of_rows = None if groups is None or a.rows is None else groups.reindex(a.rows).to_numpy()
    return compare(metric, a, b, n_resamples=RESAMPLES, level=LEVEL, groups=of_rows)


def _corrected(found: Sequence[Contender]) -> tuple[Contender, ...]:
    tested = [one for one in found if one.comparison is not None and one.comparison.p_value is not None]
    adjusted = holm([one.comparison.p_value for one in tested if one.comparison and one.comparison.p_value is not None])
    p_values = {one.experiment: p for one, p in zip(tested, adjusted, strict=True)}
    return tuple(_with_p(one, p_values.get(one.experiment)) for one in found)


def _with_p(one: Contender, p_holm: float | None) -> Contender:
    if one.comparison is None:
        return one
    verdict = one.comparison.verdict
    if p_holm is not None and p_holm >= 1 - LEVEL:
        verdict = "within noise"
    return one.model_copy(update={"p_holm": p_holm, "verdict": verdict})
