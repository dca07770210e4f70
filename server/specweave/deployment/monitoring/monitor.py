"""Compares what the model is asked, and what it answers, with what it was trained on.

`Monitor(reference).observe(columns, scores, labels)` notes rows at the cost of a few microseconds each; `metrics_text()`
works out drift over a sliding window of the latest rows, in the text format of Prometheus. The memory is constant: counts
per bin in a ring of slots. Needs numpy alone.

Population stability index (PSI): sum of (q - p) ln(q / p) over bins, p the reference's and q the window's share.
Kolmogorov-Smirnov distance (KS): the largest gap between both cumulative shares, at the edges of the bins.

A value counts as drift above its limit: the larger of what matters (PSI 0.2, KS 0.1) and of what chance alone exceeds in a
window of this size. Without drift, PSI is about (1/n + 1/m) times a chi-square variable with bins - 1 degrees of freedom
(Yurdakul 2018), for n rows in the window and m in the reference.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

WINDOW = 5000
SLOTS = 20
FEWEST_ROWS = 200
"""Rows a window needs before drift is judged."""
CHUNK = 256
"""Rows that wait before they are counted together."""
PSI_MATTERS = 0.2
KS_MATTERS = 0.1
SHARE_MATTERS = 0.05
PSI_BINS = 10
RISK = 0.001
"""Chance that any limit of a full window is exceeded without drift."""
FEWEST_EXPECTED = 5.0


def psi(reference: Array, window: Array, risk: float) -> tuple[float, float]:
    """PSI of two arrays of counts, and the value chance exceeds with probability `risk`.

    Bins where fewer than five rows are expected are taken together: the chi-square distribution holds for the rest.
    """
    n, m = float(window.sum()), float(reference.sum())
    rare = reference / m * n < FEWEST_EXPECTED
    if rare.any():
        reference = np.append(reference[~rare], reference[rare].sum())
        window = np.append(window[~rare], window[rare].sum())
    bins = len(reference)
    p, q = (reference + 0.5) / (m + 0.5 * bins), (window + 0.5) / (n + 0.5 * bins)
    value = float(((q - p) * np.log(q / p)).sum())
    return value, (1 / n + 1 / m) * chi_square_quantile(1 - risk, max(bins - 1, 1))


def ks(reference: Array, window: Array, risk: float) -> tuple[float, float]:
    """KS distance of two arrays of ordered counts, and the value chance exceeds with probability `risk` at most."""
    n, m = float(window.sum()), float(reference.sum())
    if n == 0 or m == 0:
        return 0.0, 1.0
    gap = np.abs(np.cumsum(window) / n - np.cumsum(reference) / m).max()
    return float(gap), min(1.0, math.sqrt(-math.log(risk / 2) / 2 * (1 / n + 1 / m)))


def share_limits(share: float, m: float, n: float, risk: float) -> tuple[float, float]:
    """Between which values a share stays that was `share` in `m` rows, seen in `n` rows, but for `risk` and trifles."""
    steadied = (share * m + 0.5) / (m + 1)
    z = NormalDist().inv_cdf(1 - risk / 2)
    # The second term keeps the limit honest for rare events, whose counts are skewed to the right.
    noise = z * math.sqrt(steadied * (1 - steadied) * (1 / n + 1 / m)) + z * z / (2 * n)
    slack = max(SHARE_MATTERS, noise)
    return max(0.0, share - slack), min(1.0, share + slack)


def chi_square_quantile(level: float, degrees: int) -> float:
    """The chi-square quantile by Wilson and Hilferty's cube (1931); errs to the high side in the far tail."""
    part = 2 / (9 * degrees)
    return float(degrees * max(0.0, 1 - part + NormalDist().inv_cdf(level) * math.sqrt(part)) ** 3)


class NumberBins:
    """Bins of a column of numbers or dates: between the edges, and a last one for missing values."""

    unknown: int | None = None

    def __init__(self, profile: Mapping[str, Any]) -> None:
        self.dates = profile["kind"] == "date"
        self.edges = np.array(profile["edges"], dtype=np.float64)
        self.reference = np.array([*profile["counts"], profile["missing"]], dtype=np.float64)
        self.missing = len(self.reference) - 1
        self.names: list[str] = []
        self.groups = _coarse(self.reference[:-1])

    def codes(self, values: Sequence[Any]) -> Codes:
        """The bin of each value."""
        numbers = _dates(values) if self.dates else _numbers(values)
        found = np.searchsorted(self.edges, numbers, side="right")
        found[np.isnan(numbers)] = self.missing
        return found

    def coarse(self, counts: Array) -> Array:
        """Counts in about ten bins of equal share in the reference, and the missing ones."""
        return np.append(np.bincount(self.groups, weights=counts[:-1]), counts[-1]).astype(np.float64)


class CategoryBins:
    """Bins of a column of categories: one each for the commonest, and one each for other, unknown and missing ones."""

    def __init__(self, profile: Mapping[str, Any]) -> None:
        self.names = list(profile["categories"])
        other = len(self.names)
        # As many rows as training had of categories that occur once are expected to be of categories it had none of.
        new = min(profile["once"], profile["other"]) if profile["complete"] else 0
        self.reference = np.array(
            [*profile["counts"], profile["other"] - new, new, profile["missing"]], dtype=np.float64
        )
        self.missing = other + 2
        # Where training saw too many values to list them all, every other value counts as seen.
        self.unknown = other + 1 if profile["complete"] else None
        self._else = other if self.unknown is None else self.unknown
        known = {**dict.fromkeys(profile["rare"], other), **{name: i for i, name in enumerate(self.names)}}
        self._code: dict[Any, int] = {None: self.missing, "": self.missing, **known}

    def codes(self, values: Sequence[Any]) -> Codes:
        """The bin of each value."""
        known = self._code
        try:
            found = [known.get(value, -1) for value in values]
        except TypeError:  # a value that cannot be looked up, such as a list
            found = [-1] * len(values)
        if -1 in found:
            found = [self._slowly(value) if code < 0 else code for code, value in zip(found, values, strict=True)]
        return np.array(found, dtype=np.int64)

    def _slowly(self, value: Any) -> int:
        if isinstance(value, float) and math.isnan(value):
            return self.missing
        if str(value) not in self._code and isinstance(value, float) and value.is_integer():
            value = int(value)  # whole numbers become fractions where values are missing beside them
        return self._code.get(str(value), self._else)

    def coarse(self, counts: Array) -> Array:
        """The counts as they are."""
        return counts


Bins = NumberBins | CategoryBins


def bins_of(profile: Mapping[str, Any]) -> Bins:
    """The bins that a profile of reference.json describes."""
    return CategoryBins(profile) if profile["kind"] == "category" else NumberBins(profile)


class Monitor:
    """Counts rows into the bins of the reference profile; one for each process.

    `reference` is the content of reference.json or its path; `window` is how many of the latest rows are compared.
    """

    def __init__(self, reference: Mapping[str, Any] | str | Path, *, window: int = WINDOW) -> None:
        profile = reference if isinstance(reference, Mapping) else json.loads(Path(reference).read_text("utf-8"))
        self._columns = {name: bins_of(one) for name, one in profile["columns"].items()}
        self._answers = {name: bins_of(profile[name]) for name in ("score", "label") if profile.get(name)}
        series = [*self._columns.values(), *self._answers.values()]
        ends = np.cumsum([0, *(len(one.reference) for one in series)])
        self._places = [slice(int(low), int(high)) for low, high in pairwise(ends)]
        self._slots = np.zeros((SLOTS, int(ends[-1])), dtype=np.int64)
        self._rows = np.zeros(SLOTS, dtype=np.int64)
        self._total = np.zeros(int(ends[-1]), dtype=np.int64)
        self._total_rows = 0
        self._slot = 0
        self._slot_rows = max(1, window // SLOTS)
        self._waiting: list[tuple[Mapping[str, Sequence[Any]], Sequence[Any], Sequence[Any] | None]] = []
        self._waiting_rows = 0
        self._lock = threading.Lock()
        self._risk = RISK / max(1, 3 * len(self._columns) + 3 * len(self._answers))

    def observe(
        self, columns: Mapping[str, Sequence[Any]], scores: Sequence[Any], labels: Sequence[Any] | None = None
    ) -> None:
        """Note n rows: by column n values as they were asked (None is missing), n scores and n predicted labels.

        The score is the probability of the positive class, with more classes that of the predicted one, or the
        predicted number. What is handed over is kept for a while and must not be changed afterwards.
        """
        with self._lock:
            self._waiting.append((columns, scores, labels))
            self._waiting_rows += len(scores)
            enough = self._waiting_rows >= CHUNK
        if enough:
            self.count()

    def count(self) -> None:
        """Count the rows that wait."""
        with self._lock:
            waiting, self._waiting, self._waiting_rows = self._waiting, [], 0
            if not waiting:
                return
            rows = sum(len(scores) for _, scores, _ in waiting)
            coded = [
                one.codes(_joined((columns.get(name), len(scores)) for columns, scores, _ in waiting))
                for name, one in self._columns.items()
            ]
            if "score" in self._answers:
                coded.append(self._answers["score"].codes(_joined((scores, len(scores)) for _, scores, _ in waiting)))
            if "label" in self._answers:
                coded.append(
                    self._answers["label"].codes(_joined((labels, len(scores)) for _, scores, labels in waiting))
                )
            for start in range(0, rows, self._slot_rows):
                self._add(
                    [codes[start : start + self._slot_rows] for codes in coded], min(self._slot_rows, rows - start)
                )

    def _add(self, coded: list[Codes], rows: int) -> None:
        if self._rows[self._slot] >= self._slot_rows:
            self._slot = (self._slot + 1) % SLOTS
            self._slots[self._slot] = 0
            self._rows[self._slot] = 0
        for place, codes in zip(self._places, coded, strict=True):
            counts = np.bincount(codes, minlength=place.stop - place.start)
            self._slots[self._slot, place] += counts
            self._total[place] += counts
        self._rows[self._slot] += rows
        self._total_rows += rows

    def facts(self) -> dict[str, Any]:
        """The window against the reference: `rows`, `columns` by name, `score` and `label`, each as `compared` gives it."""
        self.count()
        with self._lock:
            counts, rows = self._slots.sum(axis=0).astype(np.float64), int(self._rows.sum())
            totals, total_rows = self._total.copy(), self._total_rows
        series = {**{("columns", name): one for name, one in self._columns.items()}}
        series |= {("answers", name): one for name, one in self._answers.items()}
        found: dict[str, Any] = {"rows": rows, "total_rows": total_rows, "columns": {}, "answers": {}}
        for ((part, name), one), place in zip(series.items(), self._places, strict=True):
            total = totals[place]
            compared_ = compared(one, counts[place], self._risk) if rows >= FEWEST_ROWS else {}
            compared_["missing_total"] = int(total[one.missing])
            if one.unknown is not None:
                compared_["unknown_total"] = int(total[one.unknown])
            found[part][name] = compared_
        return found

    def metrics_text(self) -> str:
        """The facts as Prometheus reads them; drift only once the window holds enough rows."""
        return exposition(self.facts())


def compared(one: Bins, counts: Array, risk: float) -> dict[str, Any]:
    """Drift of one series: psi, ks, missing_share, unknown_share and shares, each with its limit."""
    n, m = float(counts.sum()), float(one.reference.sum())
    value, limit = psi(one.coarse(one.reference), one.coarse(counts), risk)
    found: dict[str, Any] = {"psi": value, "psi_limit": max(PSI_MATTERS, limit)}
    if isinstance(one, NumberBins):
        value, limit = ks(one.reference[:-1], counts[:-1], risk)
        found |= {"ks": value, "ks_limit": max(KS_MATTERS, limit)}
    usual = float(one.reference[one.missing]) / m
    found |= {"missing_share": float(counts[one.missing]) / n, "missing_usual": usual}
    found["missing_limit"] = share_limits(usual, m, n, risk)[1]
    if one.unknown is not None:
        found["unknown_share"] = float(counts[one.unknown]) / n
        found["unknown_limit"] = share_limits(float(one.reference[one.unknown]) / m, m, n, risk)[1]
    if one.names:
        pairs = zip(one.names, counts, one.reference, strict=False)
        found["shares"] = {name: {"share": c / n, "usual": r / m, **_within(r / m, m, n, risk)} for name, c, r in pairs}
    return found


def _within(share: float, m: float, n: float, risk: float) -> dict[str, float]:
    low, high = share_limits(share, m, n, risk)
    return {"low": low, "high": high}


_HELP = {
    "model_rows_total": ("counter", "Rows predicted since the start."),
    "model_window_rows": ("gauge", "Rows in the sliding window that is compared with training."),
    "model_missing_values_total": ("counter", "Missing values by column."),
    "model_unknown_categories_total": ("counter", "Categories that no training row had, by column."),
    "model_drift_psi": ("gauge", "Population stability index of a column against training."),
    "model_drift_psi_limit": ("gauge", "What the index exceeds only by drift that matters, at this window's size."),
    "model_drift_ks": ("gauge", "Kolmogorov-Smirnov distance of a column against training."),
    "model_drift_ks_limit": ("gauge", "What the distance exceeds only by drift that matters, at this window's size."),
    "model_missing_share": ("gauge", "Share of missing values in the window."),
    "model_missing_share_limit": ("gauge", "What the share exceeds only when more is missing than in training."),
    "model_unknown_share": ("gauge", "Share of categories in the window that no training row had."),
    "model_unknown_share_limit": ("gauge", "What the share exceeds only when new categories come in."),
    "model_score_psi": ("gauge", "Population stability index of the scores against training."),
    "model_score_psi_limit": ("gauge", "As model_drift_psi_limit, for the scores."),
    "model_score_ks": ("gauge", "Kolmogorov-Smirnov distance of the scores against training."),
    "model_score_ks_limit": ("gauge", "As model_drift_ks_limit, for the scores."),
    "model_prediction_share": ("gauge", "Share of each predicted label in the window."),
    "model_prediction_share_low": ("gauge", "What the share falls below only when the answers have changed."),
    "model_prediction_share_high": ("gauge", "What the share exceeds only when the answers have changed."),
}
_OF_COLUMNS = {
    "missing_total": "model_missing_values_total",
    "unknown_total": "model_unknown_categories_total",
    "psi": "model_drift_psi",
    "psi_limit": "model_drift_psi_limit",
    "ks": "model_drift_ks",
    "ks_limit": "model_drift_ks_limit",
    "missing_share": "model_missing_share",
    "missing_limit": "model_missing_share_limit",
    "unknown_share": "model_unknown_share",
    "unknown_limit": "model_unknown_share_limit",
}


def exposition(facts: Mapping[str, Any]) -> str:
    """Facts of a monitor in the text format of Prometheus."""
    samples: dict[str, list[str]] = {name: [] for name in _HELP}
    samples["model_rows_total"] = [str(facts["total_rows"])]
    samples["model_window_rows"] = [str(facts["rows"])]
    for column, found in facts["columns"].items():
        for key, name in _OF_COLUMNS.items():
            if key in found:
                samples[name].append(f'{{column="{_escaped(column)}"}} {found[key]:.6g}')
    score = facts["answers"].get("score", {})
    for key in ("psi", "psi_limit", "ks", "ks_limit"):
        samples[f"model_score_{key}"] = [f"{score[key]:.6g}"] if key in score else []
    for label, found in facts["answers"].get("label", {}).get("shares", {}).items():
        for key, suffix in (("share", ""), ("low", "_low"), ("high", "_high")):
            samples[f"model_prediction_share{suffix}"].append(f'{{label="{_escaped(label)}"}} {found[key]:.6g}')
    lines: list[str] = []
    for name, (kind, text) in _HELP.items():
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
        lines += [f"{name}{sample}" if sample.startswith("{") else f"{name} {sample}" for sample in samples[name]]
    return "\n".join(lines) + "\n"


def _escaped(text: object) -> str:
    return str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _coarse(counts: Array) -> Codes:
    """For each fine bin the coarse one it belongs to, counted from 0, of about equal share."""
    middles = (np.cumsum(counts) - counts / 2) / max(counts.sum(), 1)
    return np.unique(np.floor(middles * PSI_BINS), return_inverse=True)[1].astype(np.int64)


def _joined(parts: Iterable[tuple[Sequence[Any] | None, int]]) -> Sequence[Any]:
    """Values one after the other; None as often as rows where a request had no such column."""
    joined: list[Any] = []
    for values, rows in parts:
        joined.extend([None] * rows if values is None else values)
    return joined


def _numbers(values: Sequence[Any]) -> Array:
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        return np.array([_number(value) for value in values], dtype=np.float64)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _dates(values: Sequence[Any]) -> Array:
    return np.array([_seconds(value) for value in values], dtype=np.float64)


def _seconds(value: Any) -> float:
    """Seconds since 1970; times without a zone are taken as UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return math.nan
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()
    if isinstance(value, np.datetime64):
        return math.nan if np.isnat(value) else float(value.astype("datetime64[s]").astype(np.int64))
    return _number(value)
