"""Accumulated local effects (Apley and Zhu 2020): what small steps of a column do to rows that are there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.explanation.global_facts import LocalEffects
from specweave.explanation.grids import on_axis
from specweave.explanation.mixing import Pool
from specweave.explanation.subject import ORDERED, Subject
from specweave.explanation.values import value_text
from specweave.progress import Progress, silent

FloatArray = NDArray[np.float64]
ROWS, LEAST_ROWS = 2_000, 160
BINS = 16


def local_effects(
    subject: Subject,
    correlated: Sequence[tuple[str, str, float]],
    *,
    seed: int | None = None,
    progress: Progress = silent,
) -> tuple[LocalEffects, ...]:
    """The effects of each (column, the column it goes with most, their association); categories have no order and are
    passed over.
    """
    rows = subject.held_out.iloc[subject.sample(subject.less(ROWS, LEAST_ROWS), seed=seed)]
    pool = Pool(rows[list(subject.columns)])
    found = []
    for done, (name, other, strength) in enumerate(correlated):
        progress(done, len(correlated), f"local effects of {name}"[:200])
        made = _one(subject, pool, name)
        if made is not None:
            found.append(_facts(name, rows[name], made, other, strength))
    return tuple(found)


class _Effects:
    """Edges as places of rows, and by edge the effect, its error and the share of rows in the bin before it."""

    def __init__(self, places: NDArray[np.int64], axis: FloatArray, steps: FloatArray, counts: FloatArray) -> None:
        self.places, self.edges, self.shares = places, axis, counts / counts.sum()
        effects = np.concatenate([np.zeros((1, steps.shape[1])), np.cumsum(steps, axis=0)])
        middle = (effects[1:] + effects[:-1]) / 2
        self.effects = effects - (self.shares[:, None] * middle).sum(axis=0)


def _one(subject: Subject, pool: Pool, name: str) -> tuple[_Effects, FloatArray] | None:
    reading = subject.readings.get(name, "category")
    if reading not in ORDERED:
        return None
    axis = on_axis(pool.rows[name], reading)
    known = np.flatnonzero(~np.isnan(axis))
    edges = _edges(axis, known)
    if len(edges) < 2:
        return None
    inside = np.clip(np.searchsorted(axis[edges], axis[known], side="left") - 1, 0, len(edges) - 2)
    low = subject.score(pool.mixed(known, {name: edges[inside]}))
    high = subject.score(pool.mixed(known, {name: edges[inside + 1]}))
    steps = (high - low).reshape(len(known), -1)
    return _summed(edges, axis[edges], inside, steps)


def _edges(axis: FloatArray, known: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places of rows whose values are quantiles, each value once."""
    if not len(known):
        return known
    ordered = known[np.argsort(axis[known], kind="stable")]
    at = np.round(np.linspace(0, 1, BINS + 1) * (len(ordered) - 1)).astype(int)
    _, first = np.unique(axis[ordered[at]], return_index=True)
    return np.asarray(ordered[at][first], dtype=np.int64)


def _summed(
    edges: NDArray[np.int64], axis: FloatArray, inside: NDArray[np.int64], steps: FloatArray
) -> tuple[_Effects, FloatArray]:
    bins, k = len(edges) - 1, steps.shape[1]
    counts = np.bincount(inside, minlength=bins).astype(np.float64)
    sums, squares = np.zeros((bins, k)), np.zeros((bins, k))
    np.add.at(sums, inside, steps)
    np.add.at(squares, inside, steps**2)
    n = np.maximum(counts, 1)[:, None]
    means = sums / n
    variance = np.maximum(squares / n - means**2, 0) / np.maximum(n - 1, 1)
    errors = np.sqrt(np.concatenate([np.zeros((1, k)), np.cumsum(variance, axis=0)]))
    return _Effects(edges, axis, means, counts), errors


def _facts(
    name: str, column: pd.Series, made: tuple[_Effects, FloatArray], other: str, strength: float
) -> LocalEffects:
    effects, errors = made
    return LocalEffects(
        column=name,
        edges=tuple(effects.edges.tolist()),
        labels=tuple(value_text(column.iloc[place]) for place in effects.places),
        effects=tuple(tuple(row) for row in effects.effects.tolist()),
        errors=tuple(tuple(row) for row in errors.tolist()),
        shares=tuple(effects.shares.tolist()),
        with_column=other,
        association=strength,
    )
