from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from simulated_predictions import binary_from, regression
from specweave.evaluation.fairness import OWN, fairness


def answers(*groups):
    """Predictions and a column from groups (name, true yes answered yes, true yes answered no, false alarms, right no)."""
    truth, said, names = [], [], []
    for name, hits, misses, alarms, quiet in groups:
        truth += [True] * (hits + misses) + [False] * (alarms + quiet)
        said += [0.9] * hits + [0.1] * misses + [0.9] * alarms + [0.1] * quiet
        names += [name] * (hits + misses + alarms + quiet)
    return binary_from(said, np.array(truth)), pd.DataFrame({"sex": names})


def by_measure(found):
    return {one.measure: one for one in found}


def test_the_gaps_equal_those_worked_out_by_hand():
    # f: 30 of 50 true yes found, 10 of 50 false alarms, 40 of 100 answered yes; m: 45 of 60, 20 of 40, 65 of 100.
    predictions, columns = answers(("f", 30, 20, 10, 40), ("m", 45, 15, 20, 20))
    found = by_measure(fairness(predictions, columns, ["sex"]))
    parity, opportunity = found["demographic_parity_difference"], found["equal_opportunity_difference"]
    assert parity.difference == pytest.approx(0.25)
    assert parity.ratio == pytest.approx(40 / 65)
    assert (parity.lowest, parity.highest) == ("sex = f", "sex = m")
    assert opportunity.difference == pytest.approx(0.15)
    assert found["equalized_odds_difference"].difference == pytest.approx(0.3)
    assert parity.computed_by == OWN
    assert [(one.group, one.n, one.rate) for one in parity.groups] == [("sex = f", 100, 0.4), ("sex = m", 100, 0.65)]


def test_the_interval_of_two_groups_is_newcombes():
    # 56 of 70 against 48 of 80: Newcombe (1998), table II, method 10.
    predictions, columns = answers(("a", 56, 14, 1, 1), ("b", 48, 32, 1, 1))
    found = by_measure(fairness(predictions, columns, ["sex"]))["equal_opportunity_difference"]
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


@pytest.mark.parametrize("rates", [(0.3, 0.3, 0.3, 0.3), (0.2, 0.3, 0.45, 0.3)])
def test_the_interval_of_the_largest_gap_covers_the_true_one(rates):
    covered, runs = 0, 150
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        group = rng.integers(0, len(rates), 800)
        yes = rng.random(800) < np.array(rates)[group]
        predictions = binary_from(np.where(yes, 0.9, 0.1), rng.random(800) < 0.5)
        columns = pd.DataFrame({"g": group.astype(str)})
        found = by_measure(fairness(predictions, columns, ["g"]))["demographic_parity_difference"]
        covered += found.low <= max(rates) - min(rates) <= found.high
    assert covered >= 0.93 * runs


def test_small_groups_are_not_compared():
    predictions, columns = answers(("f", 30, 20, 10, 40), ("m", 45, 15, 20, 20), ("x", 2, 0, 0, 0))
    found = by_measure(fairness(predictions, columns, ["sex"]))["demographic_parity_difference"]
    assert found.highest == "sex = m"
    lonely = by_measure(fairness(*answers(("f", 30, 20, 10, 40), ("x", 5, 5, 5, 5)), ["sex"]))
    assert lonely["demographic_parity_difference"].reason == "fewer than two groups have 30 such rows"


def test_a_name_that_is_no_column_and_a_task_without_classes_say_why():
    predictions, columns = answers(("f", 30, 20, 10, 40), ("m", 45, 15, 20, 20))
    assert {one.reason for one in fairness(predictions, columns, ["sexx"])} == {
        "the data hold no column sexx; did you mean sex?"
    }
    rng = np.random.default_rng(0)
    (reason,) = {one.reason for one in fairness(regression(rng, 200), columns, ["sex"])}
    assert reason.startswith("it needs a binary problem")


def test_fairlearn_gives_the_point_values_where_it_is_installed(monkeypatch):
    asked = []

    def formula(y_true, y_pred, *, sensitive_features):
        asked.append((y_true.sum(), y_pred.sum(), set(sensitive_features)))
        return 0.123

    package, metrics = ModuleType("fairlearn"), ModuleType("fairlearn.metrics")
    package.__version__ = "9.9"
    metrics.demographic_parity_difference = formula
    monkeypatch.setitem(sys.modules, "fairlearn", package)
    monkeypatch.setitem(sys.modules, "fairlearn.metrics", metrics)
    predictions, columns = answers(("f", 30, 20, 10, 40), ("m", 45, 15, 20, 20))
    found = by_measure(fairness(predictions, columns, ["sex"]))
    assert found["demographic_parity_difference"].difference == 0.123
    assert found["demographic_parity_difference"].computed_by == "fairlearn 9.9"
    assert found["equal_opportunity_difference"].computed_by == OWN
    assert asked == [(110, 105, {"sex = f", "sex = m"})]
