from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, ndcg_score

from specweave.errors import DataError, ProblemError
from specweave.metrics.ranking import RANKING, Ranking, estimate_ranking, score_ranking


def by_hand():
    """Two queries: relevant at places 1 and 3 of four, and at place 2 of three."""
    return Ranking([1, 0, 1, 0, 0, 1, 0], [0.9, 0.8, 0.7, 0.1, 5, 4, 3], ["a"] * 4 + ["b"] * 3, list("wxyzwxy"))


@pytest.mark.parametrize(
    ("name", "k", "value"),
    [
        ("precision_at_k", 2, (1 / 2 + 1 / 2) / 2),
        ("precision_at_k", 4, (2 / 4 + 1 / 4) / 2),
        ("recall_at_k", 2, (1 / 2 + 1) / 2),
        ("map", 10, ((1 + 2 / 3) / 2 + 1 / 2) / 2),
        ("mrr", 10, (1 + 1 / 2) / 2),
        ("coverage", 1, 1 / 4),
        ("coverage", 3, 3 / 4),
    ],
)
def test_values_worked_by_hand(name, k, value):
    assert score_ranking(name, by_hand(), k=k) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("decimals", [1, 17])
def test_ndcg_and_map_equal_scikit_learn_also_with_ties(decimals):
    rng = np.random.default_rng(0)
    relevance, scores = rng.integers(0, 4, (30, 12)), np.round(rng.random((30, 12)), decimals)
    relevance[:, 0] = 1
    made = Ranking(relevance.ravel(), scores.ravel(), np.repeat(np.arange(30), 12))
    for k in (1, 5, 12):
        expected = ndcg_score(relevance, scores, k=k)
        assert score_ranking("ndcg_at_k", made, k=k) == pytest.approx(expected, abs=1e-12)
    expected = np.mean([average_precision_score(r > 0, s) for r, s in zip(relevance, scores, strict=True)])
    assert score_ranking("map", made) == pytest.approx(expected, abs=1e-12)


def test_tied_items_share_their_places():
    made = Ranking([1, 0, 0, 0], [1.0, 1.0, 1.0, 0.0], [1, 1, 1, 1])
    assert score_ranking("precision_at_k", made, k=1) == pytest.approx(1 / 3)
    assert score_ranking("mrr", made) == pytest.approx(1 / 3)


def test_queries_without_a_relevant_item_do_not_count():
    made = Ranking([1, 0, 0, 0], [2, 1, 2, 1], ["a", "a", "b", "b"])
    assert estimate_ranking("recall_at_k", made, k=1).n == 1
    assert score_ranking("recall_at_k", made, k=1) == 1


@pytest.mark.parametrize(
    ("name", "made", "reason"),
    [
        ("map", Ranking([0, 0], [1, 2], [1, 1]), "no query has a relevant item"),
        ("ndcg_at_k", Ranking([], [], []), "there are no rows"),
        ("coverage", Ranking([1, 0], [1, 2], [1, 1]), "the items have no names"),
    ],
)
def test_an_undefined_metric_says_why(name, made, reason):
    assert estimate_ranking(name, made).undefined == reason


def test_intervals_of_queries_cover_as_promised():
    """Relevance that queries share to different degrees: items are not independent, queries are."""

    def made(rng, n_queries):
        ease = np.repeat(rng.normal(size=n_queries), 10)
        relevance = rng.random(10 * n_queries) < 0.3
        relevance[::10] = True
        return Ranking(
            relevance, ease * relevance + rng.normal(size=10 * n_queries), np.repeat(np.arange(n_queries), 10)
        )

    large = made(np.random.default_rng(1), 6_000)
    names = [name for name in RANKING if name != "coverage"]
    truth = {name: score_ranking(name, large, k=3) for name in names}
    hits = dict.fromkeys(names, 0)
    for seed in range(150):
        small = made(np.random.default_rng(100 + seed), 40)
        for name in names:
            found = estimate_ranking(name, small, k=3, n_resamples=300, seed=seed)
            hits[name] += found.low <= truth[name] <= found.high
    slack = 3 * np.sqrt(0.05 * 0.95 / 150)
    assert all(0.93 - slack <= hit / 150 <= 0.97 + slack for hit in hits.values()), hits


def test_coverage_has_an_interval_around_its_value():
    rng = np.random.default_rng(0)
    made = Ranking(rng.random(600) < 0.3, rng.random(600), np.repeat(np.arange(60), 10), rng.integers(0, 200, 600))
    found = estimate_ranking("coverage", made, k=2)
    assert found.metric == "coverage"
    assert 0 < found.low < found.value < found.high < 1


def test_the_name_of_an_estimate_holds_its_k():
    assert estimate_ranking("ndcg_at_k", by_hand(), k=5).metric == "ndcg_at_5"


def test_wrong_input_is_refused():
    with pytest.raises(DataError, match="differ in length"):
        Ranking([1], [1, 2], [1, 1])
    with pytest.raises(DataError, match="negative"):
        Ranking([-1], [1], [1])
    with pytest.raises(ProblemError, match="did you mean map"):
        score_ranking("mapp", by_hand())
    with pytest.raises(ProblemError, match="1 or more"):
        score_ranking("map", by_hand(), k=0)
