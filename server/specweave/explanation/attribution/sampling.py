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
from specweave.explanation.subject import Subject
from specweave.progress import Progress, silent

FloatArray = NDArray[np.float64]
FEWEST, MOST, BETWEEN = 8, 96, 4
# The mean standard error of a value, as a share of how far answers lie from the average one.
WANTED = 0.04
EVALUATIONS = 200_000


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
        part = game.round()
        sums += part
        squares += part**2
        done += 1
        if done >= FEWEST and done % BETWEEN == 0:
            reached = _share(sums, squares, done, game)
            progress(done, enough.rounds, f"round {done}: standard error {reached:.1%} of the spread of the answers")
            if reached <= enough.share or time.monotonic() - began > enough.seconds:
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


class _Game:
    """The rows, the background, and one walk from the latter to the former."""

    def __init__(self, subject: Subject, rows: pd.DataFrame, rng: np.random.Generator) -> None:
        self._subject, self._rng = subject, rng
        background = subject.background[list(subject.columns)]
        self._n, self._n_background, self._p = len(rows), len(background), len(subject.columns)
        self._pool = pd.concat([rows, background], ignore_index=True)
        self.output = self._score(rows)
        of_background = self._score(background)
        self.base = of_background.mean(axis=0)
        self._of_background = of_background
        self.shape = (self._n, self._p, self.output.shape[1])
        self._left = np.empty(0, dtype=np.int64)

    def round(self) -> FloatArray:
        order = self._rng.permutation(self._p)
        drawn = self._draw()
        return (self._walk(order, drawn) + self._walk(order[::-1], drawn)) / 2

    def _draw(self) -> NDArray[np.int64]:
        """One background row for each row, every one used equally often."""
        if len(self._left) < self._n:
            times = -(-self._n // self._n_background)
            fresh = [self._rng.permutation(self._n_background) for _ in range(times)]
            self._left = np.concatenate([self._left, *fresh])
        drawn, self._left = self._left[: self._n], self._left[self._n :]
        return drawn

    def _walk(self, order: NDArray[np.int64], drawn: NDArray[np.int64]) -> FloatArray:
        answers = np.empty((self._n, self._p + 1, self.output.shape[1]))
        answers[:, 0], answers[:, -1] = self._of_background[drawn], self.output
        at_once = max(1, EVALUATIONS // max(self._p - 1, 1))
        for start in range(0, self._n, at_once):
            part = slice(start, min(start + at_once, self._n))
            size = part.stop - part.start
            if self._p > 1:
                mixed = self._mixed(order, drawn[part], np.arange(part.start, part.stop))
                found = self._score(mixed).reshape(self._p - 1, size, -1)
                answers[part, 1:-1] = found.transpose(1, 0, 2)
        out = np.empty(self.shape)
        out[:, order] = np.diff(answers, axis=1)
        return out

    def _mixed(self, order: NDArray[np.int64], drawn: NDArray[np.int64], places: NDArray[np.int64]) -> pd.DataFrame:
        """Step s (1 … p−1) has the first s columns of the order from the row, the others from the background."""
        rank = np.empty(self._p, dtype=np.int64)
        rank[order] = np.arange(self._p)
        steps = np.arange(1, self._p)
        columns = {}
        for place, name in enumerate(self._subject.columns):
            known = rank[place] < steps
            take = np.where(known[:, None], places[None, :], self._n + drawn[None, :]).ravel()
            columns[name] = self._pool[name].array.take(take)
        return pd.DataFrame(columns, copy=False)

    def _score(self, rows: pd.DataFrame) -> FloatArray:
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
