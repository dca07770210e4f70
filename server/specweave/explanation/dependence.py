"""How answers move with one column: the average over rows (PDP) and single rows (ICE), with the data behind each point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from specweave.explanation.global_facts import Dependence, DependencePoint
from specweave.explanation.grids import Grid, grid
from specweave.explanation.mixing import Pool
from specweave.explanation.subject import Reading, Subject
from specweave.progress import Progress, silent

ROWS, LEAST_ROWS = 250, 25
LINES = 40
GRID_ROWS = 20_000


def dependence(
    subject: Subject, columns: Sequence[str], *, seed: int | None = None, progress: Progress = silent
) -> tuple[Dependence, ...]:
    """The dependence on each column, in the answers' own scale (a probability, or the target's units).

    Averages are over at most 250 rows of `held_out`, grids and shares of the data over at most 20,000.
    """
    source = subject.held_out.iloc[subject.sample(GRID_ROWS, seed=seed)]
    rows = subject.held_out.iloc[subject.sample(subject.less(ROWS, LEAST_ROWS), seed=seed)][list(subject.columns)]
    grids = [grid(source[name], subject.readings.get(name, "category")) for name in columns]
    starts = np.cumsum([len(rows), *map(len, grids)])
    having = source.iloc[np.concatenate([np.empty(0, dtype=np.int64), *(one.places for one in grids)])]
    pool = Pool(pd.concat([rows, having[list(subject.columns)]], ignore_index=True))
    found = []
    for done, (points, start) in enumerate(zip(grids, starts, strict=False)):
        progress(done, len(columns), f"dependence on {points.column}"[:200])
        reading = subject.readings.get(points.column, "category")
        found.append(_one(subject, pool, len(rows), points, reading, start=int(start)))
    return tuple(found)


def _one(subject: Subject, pool: Pool, n: int, points: Grid, reading: Reading, *, start: int) -> Dependence:
    """`pool` holds the n rows, and from `start` on a row for each of the points."""
    name = points.column
    if len(points) < 2:
        return Dependence(column=name, reading=reading, points=(), n_rows=n, reason="it has a single value")
    values = np.repeat(np.arange(start, start + len(points)), n)
    scores = subject.score(pool.mixed(np.tile(np.arange(n), len(points)), {name: values}))
    scores = scores.reshape(len(points), n, -1)
    made = tuple(_point(points, place, scores[place]) for place in range(len(points)))
    return Dependence(column=name, reading=reading, points=made, n_rows=n, left_out=points.left_out)


def _point(points: Grid, place: int, scores: np.ndarray) -> DependencePoint:
    at = float(points.axis[place])
    n = len(scores)
    return DependencePoint(
        value=points.labels[place],
        at=None if np.isnan(at) else at,
        share=float(points.shares[place]),
        mean=tuple(scores.mean(axis=0).tolist()),
        error=tuple((scores.std(axis=0, ddof=1) / np.sqrt(n)).tolist()) if n > 1 else (0.0,) * scores.shape[1],
        lines=tuple(scores[:LINES, 0].tolist()),
    )
