"""Dependence plots: the average answer and single rows along one column, above the share of the data at each point."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from specweave.explanation.global_facts import Dependence, GlobalFacts, LocalEffects
from specweave.explanation.subject import ORDERED
from specweave.visuals import PALETTE, figure, whole_numbers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_LABELS = 12
# So many characters stand side by side below an axis.
_ROOM = 85
_Z = 1.96


def dependence_figure(one: Dependence, facts: GlobalFacts) -> Figure:
    """A line for numbers and dates, dots for categories; a line a class where there are several."""
    made, (upper, lower) = figure(9.0, 6.0, nrows=2, sharex=True, height_ratios=[4, 1])
    places = _places(one)
    several = len(one.points[0].mean) > 1
    if not several:
        _single_rows(upper, one, places)
    for number in range(len(one.points[0].mean)):
        _average(upper, one, places, number, label=facts.classes[number] if several else None)
    if several:
        upper.legend(loc="best")
    upper.set_ylabel("probability" if several else _wrapped(facts.output))
    whole_numbers(upper.yaxis)
    upper.set_title(f"{one.column}: the average answer of {one.n_rows:,} rows", loc="left")
    _shares(lower, one, places)
    _axis(lower, one, places)
    return made


def _wrapped(text: str, longest: int = 34) -> str:
    """Long names of an answer in lines that fit beside the axis."""
    return "\n".join(textwrap.wrap(text, longest)[:3])


def _places(one: Dependence) -> np.ndarray:
    """Where points stand: by value for what has an order, the missing after the last; else one beside the other."""
    if one.reading not in ORDERED:
        return np.arange(len(one.points), dtype=np.float64)
    known = np.array([point.at for point in one.points if point.at is not None], dtype=np.float64)
    step = (known.max() - known.min()) / 10 if len(known) > 1 and np.ptp(known) > 0 else 1.0
    beyond = known.max() + step if len(known) else 0.0
    return np.array([beyond if point.at is None else point.at for point in one.points], dtype=np.float64)


def _connected(one: Dependence) -> np.ndarray:
    """Points joined by a line: those with a place on an ordered axis."""
    if one.reading not in ORDERED:
        return np.zeros(len(one.points), dtype=bool)
    return np.array([point.at is not None for point in one.points])


def _single_rows(axes: Any, one: Dependence, places: np.ndarray) -> None:
    joined = _connected(one)
    lines = np.array([point.lines for point in one.points], dtype=np.float64)
    if lines.ndim != 2 or not lines.shape[1]:
        return
    if joined.any():
        axes.plot(places[joined], lines[joined], color="#999999", linewidth=0.6, alpha=0.6)
    for at in np.flatnonzero(~joined):
        axes.plot(np.full(lines.shape[1], places[at]), lines[at], "_", color="#999999", markersize=14, alpha=0.6)


def _average(axes: Any, one: Dependence, places: np.ndarray, number: int, *, label: str | None) -> None:
    mean = np.array([point.mean[number] for point in one.points])
    reach = _Z * np.array([point.error[number] for point in one.points])
    joined, colour = _connected(one), PALETTE[number % len(PALETTE)]
    if joined.any():
        axes.plot(places[joined], mean[joined], color=colour, linewidth=3, label=label)
        axes.fill_between(places[joined], (mean - reach)[joined], (mean + reach)[joined], color=colour, alpha=0.2)
    rest = ~joined
    if rest.any():
        axes.errorbar(
            places[rest],
            mean[rest],
            yerr=reach[rest],
            fmt="o",
            color=colour,
            capsize=4,
            label=None if joined.any() else label,
        )


def _shares(axes: Any, one: Dependence, places: np.ndarray) -> None:
    shares = 100 * np.array([point.share for point in one.points])
    gaps = np.diff(np.unique(places))
    width = 0.7 if one.reading not in ORDERED else 0.8 * (float(np.median(gaps)) if len(gaps) else 1.0)
    axes.bar(places, shares, width=width, color=PALETTE[5])
    axes.set_ylabel("% of rows")


def _axis(axes: Any, one: Dependence, places: np.ndarray) -> None:
    """Names under categories, dates under dates, and the missing by name."""
    missing = [at for at, point in enumerate(one.points) if point.at is None]
    if one.reading == "number" and not missing and len(one.points) > MOST_LABELS:
        whole_numbers(axes.xaxis)
        axes.set_xlabel(one.column)
        return
    every = range(len(one.points))
    if one.reading in ORDERED:
        every = sorted({*_spaced(places, [point.value for point in one.points]), *missing})  # type: ignore[assignment]
    labels = [one.points[at].value for at in every]
    labels = [label if len(label) <= 24 else label[:23] + "…" for label in labels]
    turned = len(labels) * (max(map(len, labels)) + 2) > _ROOM
    axes.set_xticks(
        [places[at] for at in every],
        labels,
        rotation=40 if turned else 0,
        ha="right" if turned else "center",
    )
    axes.set_xlabel(one.column + (f" ({one.left_out} rarer values left out)" if one.left_out else ""))


def _spaced(places: np.ndarray, labels: Sequence[str]) -> list[int]:
    """Points far enough apart for their labels."""
    order = np.argsort(places)
    chosen = [int(order[0])]
    room = np.ptp(places) * max(1 / MOST_LABELS, (max(map(len, labels)) + 2) / _ROOM)
    for at in order[1:]:
        if places[at] - places[chosen[-1]] >= room:
            chosen.append(int(at))
    return chosen


def effects_figure(one: LocalEffects, facts: GlobalFacts) -> Figure:
    """Accumulated local effects with their errors, above the share of the data in each bin."""
    made, (upper, lower) = figure(9.0, 6.0, nrows=2, sharex=True, height_ratios=[4, 1])
    edges, effects, errors = (np.array(values, dtype=np.float64) for values in (one.edges, one.effects, one.errors))
    several = effects.shape[1] > 1
    for number in range(effects.shape[1]):
        colour = PALETTE[number % len(PALETTE)]
        label = facts.classes[number] if several else None
        upper.plot(edges, effects[:, number], color=colour, linewidth=3, label=label)
        low, high = (effects[:, number] + sign * _Z * errors[:, number] for sign in (-1, 1))
        upper.fill_between(edges, low, high, color=colour, alpha=0.2)
    if several:
        upper.legend(loc="best")
    upper.axhline(0, color="#666666", linewidth=1)
    whole_numbers(upper.yaxis)
    upper.set_ylabel("change of the probability" if several else _wrapped(f"change of the {facts.output}"))
    upper.set_title(
        f"{one.column}: accumulated local effect (goes with {one.with_column}, {one.association:.2f})", loc="left"
    )
    lower.bar((edges[:-1] + edges[1:]) / 2, 100 * np.array(one.shares), width=np.diff(edges) * 0.9, color=PALETTE[5])
    lower.set_ylabel("% of rows")
    places = _spaced(edges, one.labels)
    lower.set_xticks(edges[places], [one.labels[at] for at in places])
    lower.set_xlabel(one.column)
    return made
