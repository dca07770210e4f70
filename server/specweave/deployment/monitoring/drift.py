"""Logged predictions against the reference profile, by the very statistics of the service's monitor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from specweave.deployment.monitoring import monitor
from specweave.deployment.monitoring.predictions_log import PredictionsLog
from specweave.deployment.monitoring.reference import Reference
from specweave.deployment.monitoring.report_result import Finding, Period, SeriesDrift, Share
from specweave.errors import DataError
from specweave.metrics.predictions import FloatArray
from specweave.rendering import number, percent

MOST_PERIODS = 12
SCORE, ANSWERS = "score", "predicted class"
_Coded = tuple[monitor.Bins, np.ndarray[Any, np.dtype[np.int64]]]


class LoggedDrift:
    """The log in the reference's bins; `whole` and `periods` compare it."""

    def __init__(self, log: PredictionsLog, reference: Reference) -> None:
        if len(log) < monitor.FEWEST_ROWS:
            raise DataError(
                "The log is too short to tell drift from chance",
                value=f"{len(log)} rows",
                allowed=f"{monitor.FEWEST_ROWS} rows or more",
            )
        self._log = log
        self._coded = _coded(log, reference)
        self._risk = monitor.RISK / (3 * len(self._coded))

    def whole(self) -> dict[str, SeriesDrift]:
        """Each series over the whole log."""
        return {name: _drift(name, one, _counts(one, codes), self._risk) for name, (one, codes) in self._coded.items()}

    def periods(self) -> tuple[Period, ...]:
        """Stretches of equal numbers of rows, in order, each long enough to be judged; nothing for a log that has one."""
        parts = min(MOST_PERIODS, len(self._log) // monitor.FEWEST_ROWS)
        if parts < 2:
            return ()
        return tuple(self._period(rows) for rows in np.array_split(np.arange(len(self._log)), parts))

    def _period(self, rows: np.ndarray[Any, np.dtype[np.int64]]) -> Period:
        start, end = stretch(self._log.times, rows)
        severity = {
            name: round(_drift(name, one, _counts(one, codes[rows]), self._risk).severity, 6)
            for name, (one, codes) in self._coded.items()
        }
        return Period(start=start, end=end, rows=len(rows), severity=severity)


def stretch(times: pd.Series[Any] | None, rows: Sequence[int] | np.ndarray[Any, Any]) -> tuple[str, str]:
    """When the first and the last of the rows were logged; their numbers, from 1, where no times are known."""
    if times is None:
        return f"row {rows[0] + 1:,}", f"row {rows[-1] + 1:,}"
    ends = (times.iloc[int(rows[0])], times.iloc[int(rows[-1])])
    first, last = ("–" if pd.isna(one) else one.strftime("%Y-%m-%d %H:%M") for one in ends)
    return first, last


def _coded(log: PredictionsLog, reference: Reference) -> dict[str, _Coded]:
    facts = reference.model_dump(mode="json")
    found: dict[str, _Coded] = {}
    for name, profile in facts["columns"].items():
        if name in log.inputs.columns:
            values = log.inputs[name].astype(object)
            one = monitor.bins_of(profile)
            found[name] = one, one.codes(values.where(values.notna(), None).tolist())
    if log.scores is not None and facts["score"]:
        scores = monitor.bins_of(facts["score"])
        found[SCORE] = scores, scores.codes(log.scores.tolist())
    if log.said is not None and facts["label"]:
        labels = monitor.bins_of(facts["label"])
        found[ANSWERS] = labels, labels.codes(log.said.tolist())
    return found


def _counts(one: monitor.Bins, codes: np.ndarray[Any, np.dtype[np.int64]]) -> FloatArray:
    return np.bincount(codes, minlength=len(one.reference)).astype(np.float64)


def _drift(name: str, one: monitor.Bins, counts: FloatArray, risk: float) -> SeriesDrift:
    facts = monitor.compared(one, counts, risk)
    shares = tuple(Share(name=category, **share) for category, share in facts.pop("shares", {}).items())
    found = SeriesDrift(name=name, shares=shares, moved=_moved(one, counts), **facts)
    return found.model_copy(update={"findings": _findings(found)})


def _findings(found: SeriesDrift) -> tuple[Finding, ...]:
    said: list[Finding] = []
    outside = found.name == ANSWERS and any(not one.low <= one.share <= one.high for one in found.shares)
    if found.severity > 1 or outside:
        said.append("drifted")
    if found.missing_share > found.missing_limit:
        said.append("more missing")
    if (
        found.unknown_share is not None
        and found.unknown_limit is not None
        and found.unknown_share > found.unknown_limit
    ):
        said.append("unknown categories")
    return tuple(said)


def _moved(one: monitor.Bins, counts: FloatArray) -> str:
    """What changed most, in words: a category's share, or the median of numbers."""
    if isinstance(one, monitor.CategoryBins):
        names = [*one.names, "rarer ones", "never seen", "missing"]
        change = counts / counts.sum() - one.reference / one.reference.sum()
        at = int(np.abs(change).argmax())
        return f"{names[at]}: {percent(float((one.reference / one.reference.sum())[at]))} → {percent(float((counts / counts.sum())[at]))}"
    if one.dates:
        return ""
    before, after = _median(one, one.reference), _median(one, counts)
    return "" if before is None or after is None else f"median about {number(before, 3)} → {number(after, 3)}"


def _median(one: monitor.NumberBins, counts: FloatArray) -> float | None:
    """The lower edge of the bin that holds the median."""
    known = counts[:-1]
    if not known.sum() or not len(one.edges):
        return None
    at = int(np.searchsorted(np.cumsum(known), known.sum() / 2))
    return float(one.edges[max(at - 1, 0)])
