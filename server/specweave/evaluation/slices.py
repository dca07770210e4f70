"""Metrics in every slice of the rows, each tested against the rest.

The difference of two independent estimates gets the MOVER interval (Zou and Donner 2008; for shares it is Newcombe's
tenth, 1998), and the p-value at which that interval would touch 0. Where that is small, it is worked out anew from
intervals at the corrected level, because skewed losses have heavier tails than a 95 % interval tells. Holm's correction
over all slices and metrics keeps the chance of even one false alarm below 1 − level, however slices overlap.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.evaluation.diagnosis_result import LeftOut, Slices, SliceTest, SliceVerdict
from specweave.evaluation.partition import Partition, partition
from specweave.metrics import Estimate, Predictions, estimates, get_metric, holm, score
from specweave.metrics.intervals import normal_quantile
from specweave.metrics.paired import SMALLEST_P

LEVEL = 0.95
LEAST_ROWS = 30
LEAST_CASES = 10
RESAMPLES = 200
# More rows would find nothing that matters in practice, only slower.
MOST_ROWS = 100_000
_RANKED = ("roc_auc", "average_precision")


@dataclass(frozen=True)
class _Rows:
    """Predictions with what is needed to cut them; `whole` are the estimates on all rows."""

    predictions: Predictions
    groups: NDArray[Any] | None
    metrics: tuple[str, ...]
    level: float
    whole: dict[str, Estimate]

    def at(self, level: float) -> _Rows:
        """The same rows with intervals at another level."""
        found = estimates(self.metrics, self.predictions, level=level, n_resamples=RESAMPLES, groups=self.groups)
        return replace(self, level=level, whole={one.metric: one for one in found})


@dataclass(frozen=True)
class _Sides:
    """The rows of a slice and all others."""

    mask: NDArray[np.bool_]
    inside: Predictions
    rest: Predictions
    facts: dict[str, Any]


def slice_metrics(metric: str, predictions: Predictions) -> tuple[str, ...]:
    """The primary metric, and for a binary problem recall and precision."""
    wanted = (metric, "recall", "precision") if predictions.task == "binary" and predictions.positive else (metric,)
    return tuple(dict.fromkeys(wanted))


def slices(
    metric: str,
    predictions: Predictions,
    columns: pd.DataFrame,
    *,
    groups: Any = None,
    level: float = LEVEL,
    skip: Collection[str] = (),
) -> Slices:
    """Every slice of `columns` (n rows in the order of the predictions) by the primary metric, recall and precision.

    `groups` (n labels) makes intervals resample whole groups. Above 100,000 rows a random sample of them is used.
    """
    rows, columns = _sampled(predictions, columns, groups, metric, level)
    cuts = [partition(columns[name]) for name in columns.columns if name not in skip]
    n_slices = sum(len(cut.names) for cut in cuts)
    strict = rows.at(1 - (1 - level) / max(1, n_slices * len(rows.metrics)))
    tests = _corrected([test for cut in cuts for test in _tests(cut, rows, strict)], level)
    judged = [one for one in tests if one.p_value is not None]
    return Slices(
        metrics=rows.metrics,
        level=level,
        n=len(rows.predictions),
        n_tests=len(judged),
        n_slices=n_slices,
        tests=tuple(tests),
        worst=tuple(_worst(tests)),
        left_out=tuple(
            LeftOut(column=cut.column, reason=reason) for cut in cuts if (reason := cut.reason or cut.note) is not None
        ),
    )


def difference_of(inside: Estimate, rest: Estimate, level: float) -> tuple[float, float, float, float]:
    """Difference, its interval and p-value of two independent estimates with intervals at `level`."""
    assert inside.value is not None
    assert rest.value is not None
    assert inside.low is not None
    assert inside.high is not None
    assert rest.low is not None
    assert rest.high is not None
    gap = inside.value - rest.value
    below = float(np.hypot(inside.value - inside.low, rest.high - rest.value))
    above = float(np.hypot(inside.high - inside.value, rest.value - rest.low))
    return gap, gap - below, gap + above, _p_value(gap, below if gap > 0 else above, level)


def _p_value(gap: float, half: float, level: float) -> float:
    from scipy.special import ndtr

    if gap == 0:
        return 1.0
    if half == 0:
        return SMALLEST_P
    return max(2 * float(ndtr(-normal_quantile(level) * abs(gap) / half)), SMALLEST_P)


def _sampled(
    predictions: Predictions, columns: pd.DataFrame, groups: Any, metric: str, level: float
) -> tuple[_Rows, pd.DataFrame]:
    labels = None if groups is None else np.asarray(groups)
    if len(predictions) > MOST_ROWS:
        kept = np.sort(np.random.default_rng(0).choice(len(predictions), MOST_ROWS, replace=False))
        predictions, columns = predictions.take(kept), columns.iloc[kept]
        labels = None if labels is None else labels[kept]
    metrics = slice_metrics(metric, predictions)
    return _Rows(predictions, labels, metrics, level, {}).at(level), columns


def _tests(cut: Partition, rows: _Rows, strict: _Rows) -> list[SliceTest]:
    return [test for place in range(len(cut.names)) for test in _slice_tests(cut, place, rows, strict)]


def _slice_tests(cut: Partition, place: int, rows: _Rows, strict: _Rows) -> list[SliceTest]:
    """One slice by every metric."""
    mask = cut.mask(place)
    facts = {"column": cut.column, "slice": cut.names[place], "n": int(mask.sum())}
    side = _Sides(mask, rows.predictions.take(mask), rows.predictions.take(~mask), facts)
    return [_slice_test(metric, side, rows, strict) for metric in rows.metrics]


def _slice_test(metric: str, side: _Sides, rows: _Rows, strict: _Rows) -> SliceTest:
    reason = too_small(metric, side.inside) or too_small(metric, side.rest, "outside the slice ")
    if reason is not None:
        return SliceTest(**side.facts, metric=metric, verdict="not applicable", reason=reason)
    found = _test(metric, side, rows)
    if found.p_value is None or found.p_value >= 1 - rows.level:
        return found
    sure = _test(metric, side, strict)
    return found.model_copy(update={"p_value": max(found.p_value, sure.p_value or 0.0)})


def too_small(metric: str, predictions: Predictions, where: str = "") -> str | None:
    """Why the metric cannot be judged on these rows, if it cannot."""
    if len(predictions) < LEAST_ROWS:
        return f"{where}only {len(predictions)} rows, {LEAST_ROWS} are needed"
    if metric == "precision":
        return _too_few(int((predictions.labels == predictions.positive).sum()), "predicted as", where, predictions)
    positives = int((predictions.truth == predictions.positive).sum())
    if metric == "recall" or metric in _RANKED:
        found = _too_few(positives, "truly", where, predictions)
        if found or metric == "recall":
            return found
        return _too_few(len(predictions) - positives, "not", where, predictions)
    return None


def _too_few(cases: int, how: str, where: str, predictions: Predictions) -> str | None:
    if cases >= LEAST_CASES:
        return None
    return f"{where}only {cases} rows are {how} {predictions.positive}, {LEAST_CASES} are needed"


def _test(metric: str, side: _Sides, rows: _Rows) -> SliceTest:
    facts = side.facts
    mine = _estimated(metric, side.inside, side.mask, rows)
    others = _of_rest(metric, side.rest, ~side.mask, rows)
    if mine.undefined or others.undefined or mine.low is None or others.low is None:
        reason = mine.undefined or others.undefined or "it has no interval in too many resamples"
        return SliceTest(**facts, metric=metric, value=mine.value, verdict="not applicable", reason=reason)
    gap, low, high, p_value = difference_of(_cautious(mine, others, rows), others, rows.level)
    return SliceTest(
        **facts,
        metric=metric,
        value=mine.value,
        low=mine.low,
        high=mine.high,
        rest=others.value,
        difference=gap,
        difference_low=low,
        difference_high=high,
        p_value=p_value,
        verdict="within noise",
    )


def _estimated(metric: str, part: Predictions, mask: NDArray[np.bool_], rows: _Rows) -> Estimate:
    groups = None if rows.groups is None else rows.groups[mask]
    return estimates([metric], part, level=rows.level, n_resamples=RESAMPLES, groups=groups)[0]


def _of_rest(metric: str, rest: Predictions, mask: NDArray[np.bool_], rows: _Rows) -> Estimate:
    """The estimate on the other rows. Where it needs resampling and they are most rows, all rows' width serves, scaled.

    Resampling nearly the whole table for each slice would take minutes and change the width by a per cent.
    """
    whole = rows.whole[metric]
    if not whole.method.startswith("bootstrap") or len(rest) < len(mask) / 2:
        return _estimated(metric, rest, mask, rows)
    if whole.value is None or whole.low is None or whole.high is None:
        return whole
    value, wider = score(metric, rest), float(np.sqrt(len(mask) / len(rest)))
    low, high = value - wider * (whole.value - whole.low), value + wider * (whole.high - whole.value)
    return whole.model_copy(update={"value": value, "low": low, "high": high, "n": len(rest)})


def _cautious(mine: Estimate, others: Estimate, rows: _Rows) -> Estimate:
    """A loss that seems smaller in a slice, with at least the width that as many rows of all would have.

    A few rows without an outlier look precise as well as good; their own spread would call them better too often.
    """
    whole = rows.whole[mine.metric]
    if get_metric(mine.metric).greater_is_better or _or_nothing(mine.value) >= _or_nothing(others.value):
        return mine
    if mine.value is None or mine.high is None or whole.value is None or whole.high is None:
        return mine
    usual = (whole.high - whole.value) * float(np.sqrt(whole.n / mine.n))
    return mine.model_copy(update={"high": max(mine.high, mine.value + usual)})


def _or_nothing(value: float | None) -> float:
    return 0.0 if value is None else value


def _corrected(tests: list[SliceTest], level: float) -> list[SliceTest]:
    adjusted = iter(holm([one.p_value for one in tests if one.p_value is not None]))
    return [one if one.p_value is None else _judged(one, next(adjusted), level) for one in tests]


def _judged(one: SliceTest, p_holm: float, level: float) -> SliceTest:
    verdict: SliceVerdict = "within noise"
    if p_holm < 1 - level and one.difference is not None:
        better = (one.difference > 0) == get_metric(one.metric).greater_is_better
        verdict = "better" if better else "worse"
    return one.model_copy(update={"p_holm": p_holm, "verdict": verdict})


def _worst(tests: list[SliceTest]) -> list[int]:
    """Places of the significantly worse slices by the least damage their interval allows, the greatest first."""
    found = [at for at, one in enumerate(tests) if one.verdict == "worse"]
    return sorted(found, key=lambda at: -_least(tests[at]))


def _least(one: SliceTest) -> float:
    return min(abs(one.difference_low or 0.0), abs(one.difference_high or 0.0))
