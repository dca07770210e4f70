from __future__ import annotations

import numpy as np
import pytest

from simulated_predictions import binary_from, binormal, multiclass
from specweave.errors import DataError, ProblemError
from specweave.evaluation.costs import (
    compare_values,
    cost_curve,
    cost_per_row,
    expected_value,
    judged_threshold,
    threshold_for_costs,
    threshold_for_precision,
    threshold_for_recall,
)
from specweave.metrics import Predictions, UndefinedMetric
from specweave.problem import Costs

SCORES = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
POSITIVE = [True, True, False, True, False, False]


def held_out(scores=SCORES, positive=POSITIVE, **facts):
    return binary_from(scores, np.asarray(positive), folds=np.arange(len(scores)) % 2, **facts)


def test_the_highest_threshold_that_finds_enough_is_taken():
    found = threshold_for_recall(held_out(), 0.6)
    assert (found.threshold, found.recall, found.precision) == (0.8, pytest.approx(2 / 3), 1.0)
    assert threshold_for_recall(held_out(), 1.0).threshold == 0.6


def test_the_threshold_for_a_precision_finds_as_many_as_it_can():
    found = threshold_for_precision(held_out(), 0.75)
    assert (found.threshold, found.recall, found.precision) == (0.6, 1.0, 0.75)


def test_a_precision_nobody_reaches_is_said_so():
    found = threshold_for_precision(held_out(positive=[False, True, False, False, False, False]), 0.9)
    assert found.threshold is None
    assert "highest precision is 0.5" in found.undefined
    with pytest.raises(UndefinedMetric, match="no threshold reaches it"):
        judged_threshold(found, held_out())


@pytest.mark.parametrize(
    "choose",
    [
        lambda p: threshold_for_recall(p, 0.5),
        lambda p: threshold_for_precision(p, 0.5),
        lambda p: threshold_for_costs(p, Costs(false_positive=1)),
    ],
)
def test_a_threshold_is_never_chosen_on_rows_without_folds(choose):
    with pytest.raises(DataError, match="out-of-fold predictions only"):
        choose(binary_from(SCORES, np.array(POSITIVE)))


def test_costs_by_hand():
    """At 0.65: rows 1 to 3 are called positive, one of them wrongly, and one positive is missed."""
    predictions = held_out().at_threshold(0.65)
    costs = Costs(false_positive=2, false_negative=7, true_positive=-1)
    assert cost_per_row(predictions, costs).tolist() == [-1, -1, 2, 7, 0, 0]
    found = expected_value(predictions, costs)
    assert found.value == pytest.approx(-7 / 6)
    assert found.low < found.value < found.high


def test_the_cheapest_threshold_is_the_cheapest_of_all_by_trial():
    predictions = held_out(*_drawn(300))
    costs = Costs(false_positive=1, false_negative=4)
    found = threshold_for_costs(predictions, costs)
    tried = [cost_per_row(predictions.at_threshold(t), costs).mean() for t in [*predictions.positive_scores, 2.0]]
    assert found.cost == pytest.approx(min(tried))
    assert cost_per_row(predictions.at_threshold(found.threshold), costs).mean() == pytest.approx(found.cost)


def test_calling_nothing_positive_can_be_cheapest():
    found = threshold_for_costs(held_out(), Costs(false_positive=100, false_negative=1, true_positive=2))
    assert found.threshold > 0.9
    assert found.cost == pytest.approx(3 / 6)


def test_the_curve_is_the_mean_cost_at_each_threshold():
    predictions = held_out(*_drawn(1000))
    costs = Costs(false_positive=1, false_negative=4)
    curve = cost_curve(predictions, costs)
    assert len(curve.thresholds) == 200
    for at in (0, 50, 199):
        one = cost_per_row(predictions.at_threshold(curve.thresholds[at]), costs)
        assert curve.cost[at] == pytest.approx(one.mean())
        assert curve.high[at] - curve.cost[at] == pytest.approx(1.96 * one.std() / np.sqrt(1000), rel=1e-3)


def test_a_choice_is_judged_on_other_rows():
    choice = threshold_for_recall(held_out(*_drawn(2000, 1)), 0.8)
    found = judged_threshold(choice, binary_from(*_drawn(2000, 2)), Costs(false_positive=1, false_negative=4))
    assert found.recall.low < 0.8 < found.recall.high
    assert found.expected_value.n == 2000


def test_the_interval_of_the_expected_value_covers_as_promised():
    costs = Costs(false_positive=1, false_negative=20, true_positive=-5)
    truth = expected_value(binormal(np.random.default_rng(0), 500_000, 1.2), costs).value
    found = [expected_value(binormal(np.random.default_rng(seed), 300, 1.2), costs) for seed in range(1, 501)]
    share = sum(one.low <= truth <= one.high for one in found) / 500
    assert 0.93 - 0.03 <= share <= 0.97 + 0.03


def test_equal_models_are_worth_the_same_in_about_95_percent_of_samples():
    costs, verdicts = Costs(false_positive=1, false_negative=4), []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        positive, signal = np.arange(300) < 90, rng.normal(size=300)
        a, b = (
            binary_from(1 / (1 + np.exp(-(signal + 1.5 * positive - 1 + rng.normal(size=300)))), positive) for _ in "ab"
        )
        verdicts.append(compare_values(a, b, costs).verdict)
    assert 0.02 <= 1 - verdicts.count("within noise") / 400 <= 0.085


def test_the_more_careful_model_is_worth_more_when_misses_are_dear():
    made = held_out(*_drawn(2000))
    found = compare_values(made.at_threshold(0.2), made.at_threshold(0.8), Costs(false_positive=1, false_negative=10))
    assert (found.verdict, found.test) == ("better", "paired t")


def test_a_matrix_serves_any_number_of_classes():
    predictions = Predictions("multiclass", ["a", "b", "c"], ["a", "c", "c"])
    assert cost_per_row(predictions, Costs(matrix={"b": {"c": 5}, "a": {"a": -1}})).tolist() == [-1, 5, 0]


def test_costs_that_do_not_fit_are_refused():
    with pytest.raises(ProblemError, match="need a binary problem"):
        cost_per_row(multiclass(np.random.default_rng(0), 20, 1.0), Costs(false_positive=1))
    with pytest.raises(ProblemError, match="classes there are none of"):
        cost_per_row(held_out(), Costs(matrix={"maybe": {"yes": 1}}))
    with pytest.raises(ProblemError, match="a share"):
        threshold_for_recall(held_out(), 80)


def _drawn(n, seed=0):
    made = binormal(np.random.default_rng(seed), n, 1.2)
    return made.positive_scores, made.truth == "yes"
