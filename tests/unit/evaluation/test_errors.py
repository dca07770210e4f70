from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from simulated_predictions import binary_from, multiclass, regression
from specweave.evaluation.errors import (
    as_table,
    confident_mistakes,
    confused_pairs,
    error_analysis,
    hardest_rows,
    losses,
    residual_patterns,
    welch,
)
from specweave.metrics import Predictions


def held_out(n=400, seed=0):
    """Out-of-fold predictions of rows 1000 … in another order, and the training rows they belong to."""
    rng = np.random.default_rng(seed)
    rows = 1000 + rng.permutation(n)
    scores, positive = rng.random(n), rng.random(n) < 0.5
    frame = pd.DataFrame({"x": np.arange(n), "name": "a|b"}, index=np.arange(1000, 1000 + n))
    return binary_from(scores, positive, rows=rows, folds=np.arange(n) % 5), frame


def test_confident_mistakes_are_wrong_answers_by_their_probability_with_row_and_raw_columns():
    predictions, frame = held_out()
    found = confident_mistakes(predictions, frame.loc[predictions.rows])
    assert len(found) == 10
    assert all(one.truth != one.said for one in found)
    assert [one.probability for one in found] == sorted((one.probability for one in found), reverse=True)
    assert found[0].columns == {"x": str(found[0].row - 1000), "name": "a|b"}
    wrong = predictions.truth != predictions.labels
    assert found[0].probability == np.max(np.abs(predictions.positive_scores[wrong] - 0.5)) + 0.5


def test_the_hardest_rows_have_the_greatest_loss_and_make_a_table():
    predictions, frame = held_out()
    found = hardest_rows(predictions, frame.loc[predictions.rows])
    assert [one.loss for one in found] == sorted(losses(predictions), reverse=True)[: len(found)]
    table = pd.read_csv(io.StringIO(as_table(found)))
    assert list(table.columns) == ["row", "truth", "said", "probability", "loss", "x", "name"]
    assert (table["x"] == table["row"] - 1000).all()


def test_confusions_are_counted_as_a_share_of_the_true_class():
    predictions = Predictions("multiclass", list("aaaabbc"), list("abbcbab"), classes=("a", "b", "c"))
    found = confused_pairs(predictions)
    assert (found[0].truth, found[0].said, found[0].n, found[0].share) == ("a", "b", 2, 0.5)
    assert found[0].low < 0.5 < found[0].high
    assert sum(one.n for one in found) == 5


@pytest.mark.parametrize("task", ["regression", "multiclass", "binary"])
def test_a_feature_the_model_ignored_shows_in_the_residuals(task):
    rng = np.random.default_rng(1)
    n, ignored = 1500, rng.choice(["left", "right"], 1500)
    if task == "regression":
        predictions = regression(rng, n)
        predictions = Predictions(task, predictions.truth + (ignored == "left"), predictions.labels)
    elif task == "multiclass":
        predictions = multiclass(rng, n, 1.0)
        ignored = np.where(
            predictions.truth == predictions.labels, *rng.permuted([["left"] * n, ["right"] * n], axis=1)
        )
    else:
        predictions = binary_from(np.full(n, 0.5), rng.random(n) < np.where(ignored == "left", 0.35, 0.65))
    frame = pd.DataFrame({"ignored": ignored, "noise": rng.normal(size=n)})
    found = error_analysis(Predictions(**{**vars(predictions), "rows": np.arange(n)}), frame)
    assert (found.patterns[0].feature, found.patterns[0].remains) == ("ignored", True)
    assert found.patterns[0].explained > 0.02
    assert set(found.patterns[0].parts) == {"ignored = left", "ignored = right"}


def test_patterns_without_a_cause_are_found_no_more_often_than_promised():
    false, runs = 0, 80
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        noise = rng.standard_t(5, size=500) * np.linspace(1, 3, 500)
        frame = pd.DataFrame({f"c{at}": rng.choice(list("abc"), 500, p=[0.6, 0.3, 0.1]) for at in range(6)})
        false += any(one.remains for one in residual_patterns(noise, frame))
    assert false <= 9  # 5 % of 80 runs, and what chance adds to that


def test_rows_that_belong_together_get_no_p_value():
    predictions, frame = held_out()
    found = error_analysis(predictions, frame, groups=True)
    assert {one.p_value for one in found.patterns} == {None}
    assert not any(one.remains for one in found.patterns)


def test_welchs_test_of_two_parts_is_welchs_t_test():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=40), rng.normal(0.4, 3, size=90)
    assert welch([a, b]) == pytest.approx(ttest_ind(a, b, equal_var=False).pvalue, rel=1e-9)


def test_predictions_of_other_rows_are_not_analysed():
    predictions, frame = held_out()
    assert "other rows" in error_analysis(predictions, frame.iloc[:10]).reason
    assert "no out-of-fold predictions" in error_analysis(None, frame).reason


def test_the_target_is_not_examined():
    predictions, frame = held_out()
    found = error_analysis(predictions, frame.assign(y=np.arange(len(frame)) % 2), skip=["y"])
    assert [one.feature for one in found.patterns] == ["x"]
