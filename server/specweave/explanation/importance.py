"""What columns are worth: how much worse the model gets on rows it has not seen when one column is shuffled.

Importance by shuffling is the mean of h(i, j) = loss of row i with row j's value − loss of row i, a U statistic of rows. Its
variance is that of Hoeffding's projection: what row i does as the one judged plus what it does as the giver of a value. Each
shuffle uses every row once in both parts, so the intervals hold for fresh rows as well, not only for fresh shuffles.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.explanation.aside import Answer, Aside
from specweave.explanation.by_value import by_value
from specweave.explanation.mixing import Pool
from specweave.explanation.subject import Subject
from specweave.metrics import Predictions, UndefinedMetric, get_metric, score
from specweave.metrics.intervals import normal_quantile
from specweave.progress import Progress, silent

FloatArray = NDArray[np.float64]
LEVEL = 0.95
REPEATS = 4
ROWS_A_MODEL = 2_500
LEAST_ROWS = 60
FEWEST = 10
MANY_ROWS = 20_000
MOST_LEARNT = 100_000
# After so many seconds no further model is fitted anew.
LONGEST_FITTING = 12.0
MOST_CELLS = 2_000_000


@dataclass(frozen=True, eq=False)
class Judged:
    """One model with rows it is judged on, and their answers."""

    model: Any
    rows: pd.DataFrame
    truth: NDArray[Any]


@dataclass(frozen=True, eq=False)
class Court:
    """The models and rows importance is measured with; `unseen` says the models have not learnt from the rows."""

    cases: tuple[Judged, ...]
    rows_are: str
    unseen: bool

    @property
    def n_rows(self) -> int:
        return sum(len(case.rows) for case in self.cases)


@dataclass(frozen=True)
class Shuffled:
    """The growth of the loss by shuffling some columns together, its interval, and its value for each seed and model."""

    columns: tuple[str, ...]
    loss: float
    low: float
    high: float
    by_seed: tuple[float, float]
    by_model: tuple[float, ...]
    metric_lost: float | None


def court(subject: Subject, *, aside: Aside | None = None, progress: Progress = silent) -> Court | str:
    """Where importance can be measured, or the reason why not.

    For recorded models the same model is fitted anew without a fold of the training rows and judged on that fold.
    """
    if subject.truth is None:
        return "the true answers are not known"
    if len(subject.held_out) < FEWEST:
        return f"only {len(subject.held_out)} rows with answers are there, and {FEWEST} are needed"
    if not subject.seen:
        places = subject.sample(2 * subject.less(ROWS_A_MODEL, LEAST_ROWS))
        case = Judged(subject.model, subject.held_out.iloc[places], subject.truth[places])
        return Court((case,), f"{len(places):,} of the rows given as not seen by the model", True)
    if subject.refit is None:
        places = subject.sample(2 * subject.less(ROWS_A_MODEL, LEAST_ROWS))
        case = Judged(subject.model, subject.held_out.iloc[places], subject.truth[places])
        return Court((case,), f"{len(places):,} rows the model has learned from, so its own memory counts", False)
    return _refitted(subject, aside or Aside(), progress)


def _refitted(subject: Subject, aside: Aside, progress: Progress) -> Court:
    assert subject.truth is not None
    rows = subject.held_out[list(subject.columns)]
    parts = _parts(subject)
    # The first is fitted here.
    asked = [_refit(subject, learnt, Aside() if not at else aside) for at, (_, learnt, _) in enumerate(parts)]
    cases: list[Judged] = []
    began = time.monotonic()
    for done, (fold, _, judged) in enumerate(parts):
        if cases and time.monotonic() - began > LONGEST_FITTING:
            break
        progress(done, len(parts), f"fitting the model anew without fold {fold + 1}")
        model = by_value(subject, asked[done].get())
        cases.append(Judged(model, rows.iloc[judged], subject.truth[judged]))
    n = sum(len(case.rows) for case in cases)
    return Court(tuple(cases), f"{n:,} training rows, each judged by a model fitted anew without its fold", True)


def _parts(subject: Subject) -> list[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
    """Folds with the places of rows to learn from and of rows to judge."""
    number = _folds(subject)
    rng = np.random.default_rng(subject.seed)
    wanted = 2 if len(number) >= MANY_ROWS else 3
    found = []
    # Of ordered folds the later ones, which have learnt from most.
    for fold in sorted(set(number[number >= 0].tolist()))[-wanted:]:
        learnt = np.flatnonzero(number < fold if subject.ordered else number != fold)
        judged = np.flatnonzero(number == fold)
        if len(learnt):
            most = subject.less(ROWS_A_MODEL, LEAST_ROWS)
            found.append((fold, _at_most(learnt, MOST_LEARNT, rng), _at_most(judged, most, rng)))
    return found


def _refit(subject: Subject, learnt: NDArray[np.int64], aside: Aside) -> Answer:
    assert subject.refit is not None
    assert subject.truth is not None
    rows = subject.held_out[list(subject.columns)].iloc[learnt]
    # To hand over a large table costs memory twice.
    return (aside if rows.size <= MOST_CELLS else Aside()).ask(subject.refit, rows, subject.truth[learnt])


def _folds(subject: Subject) -> NDArray[np.int64]:
    if subject.folds is not None and len(np.unique(subject.folds[subject.folds >= 0])) > 1:
        return subject.folds
    n = len(subject.held_out)
    unit = np.arange(n) if subject.groups is None else pd.factorize(subject.groups)[0]
    dealt = np.random.default_rng(subject.seed).permutation(unit.max() + 1) % min(3, unit.max() + 1)
    return np.asarray(dealt[unit], dtype=np.int64)


def _at_most(places: NDArray[np.int64], n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return places if len(places) <= n else np.sort(rng.choice(places, n, replace=False))


def shuffled(
    subject: Subject, where: Court, groups: Sequence[tuple[str, ...]], *, seed: int = 0, progress: Progress = silent
) -> list[Shuffled]:
    """The growth of the loss for each group of columns shuffled together."""
    known = [_known(subject, case) for case in where.cases]
    found = []
    for done, columns in enumerate(groups):
        progress(done, len(groups), f"shuffling {', '.join(columns)}"[:200])
        found.append(_one(subject, where, known, columns, seed))
    return found


def losses(subject: Subject, scores: FloatArray, truth: NDArray[Any]) -> FloatArray:
    """Each row's squared error: of the value, of the positive class's probability, or of all classes' over two."""
    if subject.task == "regression":
        wrong: FloatArray = (scores - truth) ** 2
    elif subject.task == "binary":
        wrong = (scores - (truth == subject.positive)) ** 2
    else:
        hit = truth[:, None] == np.array(subject.classes)[None, :]
        wrong = ((scores - hit) ** 2).sum(axis=1) / 2
    return wrong


def loss_of_nothing(subject: Subject, truth: NDArray[Any]) -> float:
    """The loss of answering every row with the mean, or with the classes' shares."""
    if subject.task == "regression":
        return float(np.var(truth.astype(np.float64)))
    if subject.task == "binary":
        share = float((truth == subject.positive).mean())
        return share * (1 - share)
    shares = np.array([(truth == name).mean() for name in subject.classes])
    return float((1 - (shares**2).sum()) / 2)


def metric_of(subject: Subject, scores: FloatArray, truth: NDArray[Any]) -> float | None:
    """The problem's metric of these answers; None where it is not defined for them."""
    if subject.metric is None:
        return None
    try:
        return score(subject.metric, _predictions(subject, scores, truth))
    except (UndefinedMetric, ValueError):
        return None


@dataclass(frozen=True, eq=False)
class _Known:
    pool: Pool
    losses: FloatArray
    metric: float | None


def _known(subject: Subject, case: Judged) -> _Known:
    scores = subject.score(case.rows, model=case.model)
    pool = Pool(case.rows[list(subject.columns)])
    return _Known(pool, losses(subject, scores, case.truth), metric_of(subject, scores, case.truth))


def _one(subject: Subject, where: Court, known: list[_Known], columns: tuple[str, ...], seed: int) -> Shuffled:
    sums, variance, weight = 0.0, 0.0, 0
    by_seed = np.zeros(2)
    by_model, metric_losses = [], []
    for place, (case, before) in enumerate(zip(where.cases, known, strict=True)):
        n = len(case.rows)
        grown, given, metrics = _case(subject, case, before, columns, (seed, place))
        projected = grown.mean(axis=0) + given.mean(axis=0)
        sums += n * float(grown.mean())
        variance += n**2 * float(projected.var(ddof=1)) / n
        weight += n
        half = len(grown) // 2
        by_seed += n * np.array([grown[:half].mean(), grown[half:].mean()])
        by_model.append(float(grown.mean()))
        metric_losses += metrics
    loss, reach = sums / weight, normal_quantile(LEVEL) * np.sqrt(variance) / weight
    return Shuffled(
        columns,
        loss,
        float(loss - reach),
        float(loss + reach),
        (float(by_seed[0] / weight), float(by_seed[1] / weight)),
        tuple(by_model),
        float(np.mean(metric_losses)) if metric_losses else None,
    )


def _case(
    subject: Subject, case: Judged, before: _Known, columns: tuple[str, ...], seed: tuple[int, int]
) -> tuple[FloatArray, FloatArray, list[float]]:
    """Growth of the loss by repeat and row judged, the same by row that gave the value, and metrics lost."""
    n = len(case.rows)
    # Half of the shuffles come from one seed, half from another, so that the two can be compared.
    streams = [np.random.default_rng((*seed, part)) for part in (0, 1)]
    orders = np.array([streams[repeat * 2 // REPEATS].permutation(n) for repeat in range(REPEATS)])
    many = before.pool.mixed(np.tile(np.arange(n), REPEATS), dict.fromkeys(columns, orders.ravel()))
    scores = subject.score(many, model=case.model)
    truth = np.tile(case.truth, REPEATS)
    grown = losses(subject, scores, truth).reshape(REPEATS, n) - before.losses
    given = np.empty_like(grown)
    np.put_along_axis(given, orders, grown, axis=1)
    return grown, given, _metrics_lost(subject, scores, case.truth, before.metric)


def _metrics_lost(subject: Subject, scores: FloatArray, truth: NDArray[Any], before: float | None) -> list[float]:
    if before is None or subject.metric is None:
        return []
    sign = 1 if get_metric(subject.metric).greater_is_better else -1
    after = [metric_of(subject, part, truth) for part in np.split(scores, REPEATS)[:2]]
    return [sign * (before - value) for value in after if value is not None]


def _predictions(subject: Subject, scores: FloatArray, truth: NDArray[Any]) -> Predictions:
    if subject.task == "regression":
        return Predictions("regression", truth, scores)
    table = scores
    if subject.task == "binary":
        at = subject.classes.index(str(subject.positive))
        table = np.column_stack([1 - scores, scores] if at == 1 else [scores, 1 - scores])
    threshold = subject.threshold if subject.task == "binary" else None
    labels = np.array(subject.classes)[table.argmax(axis=1)]
    made = Predictions(subject.task, truth, labels, scores=table, classes=subject.classes, positive=subject.positive)
    return made if threshold is None else made.at_threshold(threshold)
