"""Metrics of ordered answers to queries: (relevance, score, group) of each item, a group being one query.

Every metric is the mean of a value per query, so that queries, not items, are resampled for its interval. Equal scores
share their places: each value is the mean over all orders of tied items, as in scikit-learn's NDCG, except for the
reciprocal rank, which takes the worst place. `coverage` alone looks at all queries together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specweave.errors import DataError, ProblemError, listing, suggestion
from specweave.metrics.estimation import Estimate
from specweave.metrics.intervals import student_quantile
from specweave.metrics.predictions import FloatArray
from specweave.metrics.resampling import group_codes
from specweave.metrics.undefined import UndefinedMetric


@dataclass(frozen=True, eq=False)
class Ranking:
    """n items: `relevance` ≥ 0 (0 is irrelevant), `scores` and the query of each; `items` names them, for coverage.

    Raises DataError when lengths differ or a value is missing, negative or not finite.
    """

    relevance: FloatArray
    scores: FloatArray
    groups: NDArray[Any]
    items: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        for name in ("relevance", "scores"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        if not len(self.relevance) == len(self.scores) == len(self.groups):
            raise DataError(
                "Relevance, scores and groups differ in length",
                value=f"{len(self.relevance)}, {len(self.scores)} and {len(self.groups)}",
            )
        if self.items is not None and len(self.items) != len(self.scores):
            raise DataError("Items and scores differ in length", value=f"{len(self.items)} and {len(self.scores)}")
        if not (np.isfinite(self.relevance).all() and np.isfinite(self.scores).all()):
            raise DataError("A relevance or score is missing or not finite")
        if (self.relevance < 0).any():
            raise DataError("Relevance is negative", allowed="0 for irrelevant items, more for better ones")

    def __len__(self) -> int:
        return len(self.scores)

    def queries(self) -> list[NDArray[np.int64]]:
        """The positions of each query's items, best score first."""
        codes = group_codes(self.groups)
        order = np.lexsort((-self.scores, codes))
        return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)


PerQuery = Callable[[FloatArray, FloatArray, int], float]


@dataclass(frozen=True)
class RankingMetric:
    """A metric of rankings; `per_query` takes (relevance, scores, k) in the order of scores and gives NaN where undefined."""

    name: str
    title: str
    per_query: PerQuery | None
    at_k: bool = True
    greater_is_better: bool = True
    best: float = 1.0


def precision_at_k(relevance: FloatArray, scores: FloatArray, k: int) -> float:
    """The share of relevant items among the first k places; places beyond the last item count as misses."""
    return float((_discount(scores, (np.arange(len(scores)) < k).astype(np.float64)) * (relevance > 0)).sum() / k)


def recall_at_k(relevance: FloatArray, scores: FloatArray, k: int) -> float:
    """The share of the query's relevant items found in the first k places."""
    relevant = relevance > 0
    if not relevant.any():
        return float("nan")
    return float((_discount(scores, (np.arange(len(scores)) < k).astype(np.float64)) * relevant).sum() / relevant.sum())


def ndcg_at_k(relevance: FloatArray, scores: FloatArray, k: int) -> float:
    """Discounted gain of the first k places over the best possible (Järvelin and Kekäläinen 2002), gains linear."""
    weights = np.where(np.arange(len(scores)) < k, 1 / np.log2(np.arange(len(scores)) + 2), 0.0)
    ideal = float((np.sort(relevance)[::-1] * weights).sum())
    return float((_discount(scores, weights) * relevance).sum() / ideal) if ideal > 0 else float("nan")


def average_precision(relevance: FloatArray, scores: FloatArray, k: int) -> float:
    """Average precision of the whole list; tied items enter together."""
    del k
    relevant = (relevance > 0).astype(np.float64)
    if not relevant.any():
        return float("nan")
    ends = np.flatnonzero(np.r_[scores[1:] != scores[:-1], True])
    found = np.cumsum(relevant)[ends]
    return float((np.diff(np.r_[0.0, found]) * found / (ends + 1)).sum() / relevant.sum())


def reciprocal_rank(relevance: FloatArray, scores: FloatArray, k: int) -> float:
    """One over the place of the first relevant item, the last of the tied places."""
    del k
    relevant = np.flatnonzero(relevance > 0)
    return float(1 / (scores >= scores[relevant[0]]).sum()) if len(relevant) else float("nan")


RANKING = {
    metric.name: metric
    for metric in (
        RankingMetric("precision_at_k", "Precision in the first k places", precision_at_k),
        RankingMetric("recall_at_k", "Recall in the first k places", recall_at_k),
        RankingMetric("ndcg_at_k", "Normalised discounted cumulative gain, first k places", ndcg_at_k),
        RankingMetric("map", "Mean average precision", average_precision, at_k=False),
        RankingMetric("mrr", "Mean reciprocal rank", reciprocal_rank, at_k=False),
        RankingMetric("coverage", "Share of all items that reach some query's first k places", None),
    )
}


def score_ranking(name: str, ranking: Ranking, *, k: int = 10) -> float:
    """The metric over all queries. Raises UndefinedMetric with the reason where it has none."""
    metric = _metric(name, k)
    if not len(ranking):
        raise UndefinedMetric("there are no rows")
    if metric.per_query is None:
        return _coverage(_reached(ranking, k), _n_items(ranking))
    values = _defined(metric, ranking, k)
    return float(values.mean())


def estimate_ranking(
    name: str, ranking: Ranking, *, k: int = 10, n_resamples: int = 1000, level: float = 0.95, seed: int = 0
) -> Estimate:
    """The metric with its interval from resampled queries; n counts the queries that have a value."""
    metric = _metric(name, k)
    full_name = f"{name.removesuffix('_k')}_{k}" if metric.at_k and name.endswith("_k") else name
    try:
        value = score_ranking(name, ranking, k=k)
    except UndefinedMetric as error:
        n = len(ranking.queries()) if len(ranking) else 0
        return Estimate(metric=full_name, level=level, n=n, undefined=error.reason)
    rng = np.random.default_rng(seed)
    if metric.per_query is None:
        return _estimate_coverage(full_name, ranking, k, value, n_resamples=n_resamples, level=level, rng=rng)
    values = _defined(metric, ranking, k)
    facts = {"metric": full_name, "value": value, "level": level, "n": len(values)}
    if len(values) < 2:
        return Estimate(**facts, method="no interval: one query")
    drawn = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), size=n_resamples) @ values / len(values)
    # The bootstrap's spread lacks a factor n / (n - 1); Student's quantile pays for the estimated spread.
    half = (
        student_quantile(level, len(values) - 1) * float(drawn.std(ddof=1)) * np.sqrt(len(values) / (len(values) - 1))
    )
    return Estimate(
        **facts,
        low=max(0.0, value - half),
        high=min(metric.best, value + half),
        method="bootstrap of queries, Student's t",
    )


def _metric(name: str, k: int) -> RankingMetric:
    if name not in RANKING:
        raise ProblemError(
            "No ranking metric by that name", value=name, allowed=listing(RANKING), next_step=suggestion(name, RANKING)
        )
    if k < 1:
        raise ProblemError("k counts places of a ranking", value=k, allowed="1 or more")
    return RANKING[name]


def _defined(metric: RankingMetric, ranking: Ranking, k: int) -> FloatArray:
    assert metric.per_query is not None
    values = np.array([metric.per_query(ranking.relevance[q], ranking.scores[q], k) for q in ranking.queries()])
    if np.isnan(values).all():
        raise UndefinedMetric("no query has a relevant item")
    defined: FloatArray = values[~np.isnan(values)]
    return defined


def _discount(scores: FloatArray, weights: FloatArray) -> FloatArray:
    """The mean weight of the places each item can take, its ties being in any order."""
    starts = np.flatnonzero(np.r_[True, scores[1:] != scores[:-1]])
    sizes = np.diff(np.r_[starts, len(scores)])
    shared: FloatArray = np.repeat(np.add.reduceat(weights, starts) / sizes, sizes)
    return shared


def _n_items(ranking: Ranking) -> int:
    if ranking.items is None:
        raise UndefinedMetric("the items have no names")
    return len(np.unique(group_codes(ranking.items)))


def _reached(ranking: Ranking, k: int) -> list[NDArray[np.int64]]:
    """The items in each query's first k places; ties are broken by order of appearance."""
    if ranking.items is None:
        raise UndefinedMetric("the items have no names")
    codes = group_codes(ranking.items)
    return [codes[query[:k]] for query in ranking.queries()]


def _coverage(reached: list[NDArray[np.int64]], n_items: int) -> float:
    return len(np.unique(np.concatenate(reached))) / n_items


def _estimate_coverage(
    name: str, ranking: Ranking, k: int, value: float, *, n_resamples: int, level: float, rng: np.random.Generator
) -> Estimate:
    """A resample repeats queries and so reaches fewer items: its spread is used, not its centre."""
    reached, n_items = _reached(ranking, k), _n_items(ranking)
    facts = {"metric": name, "value": value, "level": level, "n": len(reached)}
    if len(reached) < 2:
        return Estimate(**facts, method="no interval: one query")
    picks = rng.integers(0, len(reached), size=(n_resamples, len(reached)))
    drawn = np.array([_coverage([reached[at] for at in pick], n_items) for pick in picks])
    half = student_quantile(level, len(reached) - 1) * float(drawn.std(ddof=1))
    return Estimate(
        **facts, low=max(0.0, value - half), high=min(1.0, value + half), method="bootstrap of queries, spread alone"
    )
