"""How differently a classifier treats the groups of a column the user names.

Demographic parity compares how often each group is answered with the positive class; equal opportunity, how often its
true positives are (Hardt, Price and Srebro 2016); equalised odds takes the larger gap of true and of false positives.
The point values come from fairlearn where it is installed. The interval of the largest gap is simultaneous: Newcombe's
for every pair of groups at a level shared by Bonferroni, so it also holds for the pair picked for being the largest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.errors import suggestion
from specweave.evaluation.diagnosis_result import FairnessMeasure, GroupRate
from specweave.evaluation.partition import partition
from specweave.evaluation.slices import LEAST_ROWS, LEVEL, RESAMPLES, difference_of
from specweave.metrics import Estimate, Predictions, estimate

TITLES = {
    "demographic_parity_difference": "Demographic parity difference",
    "equal_opportunity_difference": "Equal opportunity difference",
    "equalized_odds_difference": "Equalised odds difference",
}
OWN = "own formula"


@dataclass(frozen=True)
class _Rates:
    """The share answered with the positive class per group, on the rows the measure is about."""

    names: tuple[str, ...]
    estimates: tuple[Estimate, ...]


def fairness(
    predictions: Predictions, columns: pd.DataFrame, sensitive: Sequence[str], *, groups: Any = None
) -> tuple[FairnessMeasure, ...]:
    """The measures for each column named; one that cannot be worked out says why."""
    found: list[FairnessMeasure] = []
    for column in sensitive:
        reason = _why_not(predictions, columns, column)
        if reason is not None:
            found.extend(_undefined(column, measure, reason) for measure in TITLES)
        else:
            found.extend(_measures(predictions, columns[column], groups))
    return tuple(found)


def _why_not(predictions: Predictions, columns: pd.DataFrame, column: str) -> str | None:
    if predictions.task != "binary" or predictions.positive is None:
        return "it needs a binary problem with a positive class"
    if column not in columns.columns:
        hint = suggestion(column, [str(name) for name in columns.columns])
        return f"the data hold no column {column}" + (f"; {hint}" if hint else "")
    return partition(columns[column]).reason


def _measures(predictions: Predictions, column: pd.Series, groups: Any) -> list[FairnessMeasure]:
    cut = partition(column)
    labels = None if groups is None else np.asarray(groups)
    true = predictions.truth == predictions.positive
    everyone = np.ones(len(predictions), dtype=bool)

    def rates(chosen: NDArray[np.bool_], level: float) -> _Rates:
        named = [(name, cut.mask(place) & chosen) for place, name in enumerate(cut.names)]
        kept = [(name, mask) for name, mask in named if mask.sum() >= LEAST_ROWS]
        return _Rates(
            tuple(name for name, _ in kept), tuple(_rate(predictions, mask, labels, level) for _, mask in kept)
        )

    name, by_value = str(column.name), np.array([*cut.names, ""])[cut.codes]
    parity = _measure(name, "demographic_parity_difference", lambda level: rates(everyone, level))
    opportunity = _measure(name, "equal_opportunity_difference", lambda level: rates(true, level))
    false_alarms = _measure(name, "equalized_odds_difference", lambda level: rates(~true, level))
    measures = (parity, opportunity, _larger(opportunity, false_alarms))
    return [_by_fairlearn(one, predictions, by_value) for one in measures]


def _rate(predictions: Predictions, mask: NDArray[np.bool_], labels: NDArray[Any] | None, level: float) -> Estimate:
    """The share of rows answered with the positive class: the accuracy if that were always right."""
    part = predictions.take(mask)
    wanted = Predictions(
        "binary",
        np.full(len(part), predictions.positive),
        part.labels,
        classes=part.classes,
        positive=part.positive,
    )
    return estimate(
        "accuracy", wanted, level=level, n_resamples=RESAMPLES, groups=None if labels is None else labels[mask]
    )


def _measure(column: str, measure: str, rates: Callable[[float], _Rates]) -> FairnessMeasure:
    plain = rates(LEVEL)
    if len(plain.names) < 2:
        return _undefined(column, measure, f"fewer than two groups have {LEAST_ROWS} such rows")
    pairs = list(combinations(range(len(plain.names)), 2))
    strict = rates(1 - (1 - LEVEL) / len(pairs))
    values = [_known(one) for one in plain.estimates]
    least, most = int(np.argmin(values)), int(np.argmax(values))
    low, high = _simultaneous(strict.estimates, pairs)
    return FairnessMeasure(
        column=column,
        measure=measure,
        title=TITLES[measure],
        difference=values[most] - values[least],
        low=low,
        high=high,
        ratio=values[least] / values[most] if values[most] > 0 else None,
        lowest=plain.names[least],
        highest=plain.names[most],
        groups=tuple(
            GroupRate(group=name, n=one.n, rate=_known(one), low=one.low, high=one.high)
            for name, one in zip(plain.names, plain.estimates, strict=True)
        ),
        computed_by=OWN,
    )


def _simultaneous(rates: Sequence[Estimate], pairs: Sequence[tuple[int, int]]) -> tuple[float | None, float | None]:
    """Between what the largest true gap of any pair must lie when every pair's interval holds."""
    if any(one.low is None for one in rates):
        return None, None
    ends = [_gap_ends(rates[a], rates[b]) for a, b in pairs]
    return max(low for low, _ in ends), max(high for _, high in ends)


def _gap_ends(a: Estimate, b: Estimate) -> tuple[float, float]:
    """The interval of the gap's size: a gap's direction does not matter here."""
    _, low, high, _ = difference_of(a, b, LEVEL)
    return max(0.0, low, -high), max(abs(low), abs(high))


def _larger(opportunity: FairnessMeasure, false_alarms: FairnessMeasure) -> FairnessMeasure:
    """Equalised odds: the larger of both gaps, whose interval ends are the larger ones of both."""
    known = [one for one in (opportunity, false_alarms) if one.difference is not None]
    if len(known) < 2:
        return _undefined(opportunity.column, false_alarms.measure, opportunity.reason or false_alarms.reason or "")
    larger = max(known, key=lambda one: one.difference or 0.0)
    ends = {
        end: None if any(getattr(one, end) is None for one in known) else max(getattr(one, end) for one in known)
        for end in ("low", "high")
    }
    return larger.model_copy(
        update={"measure": false_alarms.measure, "title": false_alarms.title, "ratio": None, **ends}
    )


def _by_fairlearn(found: FairnessMeasure, predictions: Predictions, by_value: NDArray[np.str_]) -> FairnessMeasure:
    """The point value as fairlearn gives it for the same groups, where it is installed and knows the measure."""
    try:
        known = import_module("fairlearn.metrics")
        version = import_module("fairlearn").__version__
    except ImportError:
        return found
    formula = getattr(known, found.measure, None)
    if formula is None or found.difference is None:
        return found
    used = np.isin(by_value, [one.group for one in found.groups])
    value = formula(
        (predictions.truth == predictions.positive)[used].astype(int),
        (predictions.labels == predictions.positive)[used].astype(int),
        sensitive_features=by_value[used],
    )
    return found.model_copy(update={"difference": float(value), "computed_by": f"fairlearn {version}"})


def _known(one: Estimate) -> float:
    assert one.value is not None
    return one.value


def _undefined(column: str, measure: str, reason: str) -> FairnessMeasure:
    return FairnessMeasure(column=column, measure=measure, title=TITLES[measure], reason=reason)
