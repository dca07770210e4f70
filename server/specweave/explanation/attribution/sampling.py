"""Contributions of any model by sampling orders of the columns, with the error of each value.

Every round draws one order of the columns and, for each row, one background row, and goes from the background row to the row
by changing column after column; what the answer changes by is the column's part (Štrumbelj and Kononenko 2014). The same order
backwards halves the variance of what is nearly additive. The spread over rounds gives the standard errors.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.explanation.attribution.result import Attribution, Space
from specweave.explanation.mixing import Mixed, pooled
from specweave.explanation.subject import Subject
from specweave.progress import Progress, silent

FloatArray = NDArray[np.float64]
FEWEST, MOST, BETWEEN = 8, 96, 4
# The mean standard error of a value, as a share of how far answers lie from the average one.
WANTED = 0.04
EVALUATIONS = 50_000


@dataclass(frozen=True)
class Enough:
    """When to stop: errors small enough, so many rounds, or so many seconds."""

    share: float = WANTED
    rounds: int = MOST
    seconds: float = 60.0


def sample_attribution(
    subject: Subject,
    rows: pd.DataFrame,
    *,
    seed: int = 0,
    enough: Enough | None = None,
    progress: Progress = silent,
) -> Attribution:
    """The contributions with their standard errors; they add up to the answers by construction."""
    enough = enough or Enough()
    rows = rows[list(subject.columns)]
    game = _Game(subject, rows, np.random.default_rng(seed))
    sums, squares = np.zeros(game.shape), np.zeros(game.shape)
    began, done, reached = time.monotonic(), 0, np.inf
    while done < enough.rounds:
        for part in game.rounds(min(BETWEEN, enough.rounds - done)):
            sums += part
            squares += part**2
            done += 1
        reached = _share(sums, squares, done, game)
        progress(done, enough.rounds, f"round {done}: standard error {reached:.1%} of the spread of the answers")
        if done >= FEWEST and (reached <= enough.share or time.monotonic() - began > enough.seconds):
            break
    values, error = sums / done, _error(sums, squares, done)
    values = _closed(values, error, game.output - game.base)
    single = subject.task != "multiclass"
    return Attribution(
        columns=subject.columns,
        values=values[:, :, 0] if single else values,
        base=game.base[0] if single else game.base,
        output=game.output[:, 0] if single else game.output,
        space=_space(subject),
        method=f"sampled: {done} orders of the columns, each forwards and backwards",
        background=subject.background_is,
        n_background=len(subject.background),
        rows=rows.index.to_numpy(),
        classes=() if single else subject.classes,
        error=error[:, :, 0] if single else error,
        stopped=f"after {done} rounds at a standard error of {reached:.1%} of the spread of the answers, "
        + (f"at most {enough.share:.0%} were wanted" if reached <= enough.share else f"{enough.share:.0%} not reached"),
    )


@dataclass(frozen=True, eq=False)
class _Walk:
    """An order of the columns, and the background row each row starts from."""

    order: NDArray[np.int64]
    drawn: NDArray[np.int64]


class _Game:
    """The rows, the background, and one walk from the latter to the former."""

    def __init__(self, subject: Subject, rows: pd.DataFrame, rng: np.random.Generator) -> None:
        self._subject, self._rng = subject, rng
        background = subject.background[list(subject.columns)]
        self._n, self._n_background, self._p = len(rows), len(background), len(subject.columns)
        self._pool = pooled(rows, background)
        self.output = self._score(rows)
        of_background = self._score(background)
        self.base = of_background.mean(axis=0)
        self._of_background = of_background
        self.shape = (self._n, self._p, self.output.shape[1])
        self._left = np.empty(0, dtype=np.int64)

    def rounds(self, count: int) -> list[FloatArray]:
        """The columns' parts in `count` rounds; many walks are scored in one call, as calls cost more than rows."""
        walks: list[_Walk] = []
        for _ in range(count):
            order, drawn = self._rng.permutation(self._p), self._draw()
            walks += [_Walk(order, drawn), _Walk(order[::-1], drawn)]
        at_once = max(1, EVALUATIONS // max(1, self._n * (self._p - 1)))
        parts = [
            part for start in range(0, len(walks), at_once) for part in self._walked(walks[start : start + at_once])
        ]
        return [(there + back) / 2 for there, back in zip(parts[::2], parts[1::2], strict=True)]

    def _draw(self) -> NDArray[np.int64]:
        """One background row for each row, every one used equally often."""
        if len(self._left) < self._n:
            times = -(-self._n // self._n_background)
            fresh = [self._rng.permutation(self._n_background) for _ in range(times)]
            self._left = np.concatenate([self._left, *fresh])
        drawn, self._left = self._left[: self._n], self._left[self._n :]
        return drawn

    def _walked(self, walks: list[_Walk]) -> list[FloatArray]:
        between = np.empty((len(walks), self._p - 1, self._n, self.output.shape[1]))
        if self._p > 1:
            between[:] = self._score(self._mixed(walks)).reshape(between.shape)
        found = []
        for walk, steps in zip(walks, between, strict=True):
            answers = np.concatenate([self._of_background[None, walk.drawn], steps, self.output[None]])
            out = np.empty(self.shape)
            out[:, walk.order] = np.diff(answers, axis=0).transpose(1, 0, 2)
            found.append(out)
        return found

    def _mixed(self, walks: list[_Walk]) -> Mixed:
        """Step s (1 … p−1) of a walk has the first s columns of its order from the row, the others from the background."""
        ranks = np.array([np.argsort(walk.order) for walk in walks])
        drawn = self._n + np.array([walk.drawn for walk in walks])
        steps = np.arange(1, self._p)
        columns = {}
        for place, name in enumerate(self._subject.columns):
            known = ranks[:, place, None, None] < steps[None, :, None]
            take = np.where(known, np.arange(self._n), drawn[:, None, :]).ravel()
            columns[name] = take
        return self._pool.mixed(columns[self._subject.columns[0]], columns)

    def _score(self, rows: pd.DataFrame | Mixed) -> FloatArray:
        found = self._subject.score(rows)
        return found[:, None] if found.ndim == 1 else found


def _error(sums: FloatArray, squares: FloatArray, n: int) -> FloatArray:
    variance = np.maximum(squares / n - (sums / n) ** 2, 0.0) / max(n - 1, 1)
    root: FloatArray = np.sqrt(variance)
    return root


def _share(sums: FloatArray, squares: FloatArray, n: int, game: _Game) -> float:
    error = float(np.sqrt((_error(sums, squares, n) ** 2).mean()))
    spread = float(np.sqrt(((game.output - game.base) ** 2).mean()))
    return error / spread if spread > 0 else 0.0


def _closed(values: FloatArray, error: FloatArray, wanted: FloatArray) -> FloatArray:
    """What is missing to the answer is shared out by the variances, the best linear unbiased correction."""
    weight = error**2
    total = weight.sum(axis=1, keepdims=True)
    even = np.full_like(weight, 1 / weight.shape[1])
    share = np.divide(weight, total, out=even, where=total > 0)
    closed: FloatArray = values + share * (wanted - values.sum(axis=1))[:, None]
    return closed


def _space(subject: Subject) -> Space:
    if subject.task == "regression":
        return "target units"
    return "probability" if hasattr(subject.model, "predict_proba") else "share of answers"
