from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulated_predictions import binary_from
from specweave.evaluation.folds_apart import shifts, unstable, worst_fold
from specweave.evaluation.result import FoldSpread


def spread(*values):
    return FoldSpread(values=values, mean=float(np.mean(values)), std=float(np.std(values, ddof=1)), low=0.0, high=1.0)


def rows(n=500, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"age": rng.normal(40, 10, n), "region": rng.choice(["North", "South"], n), "noise": rng.normal(size=n)},
        index=np.arange(7, 7 + n),
    )


@pytest.mark.parametrize(
    ("values", "metric", "expected"),
    [
        ((0.6, 0.9, 0.9), "roc_auc", True),
        ((0.85, 0.9, 0.9), "roc_auc", False),
        ((5.0, 5.3, 5.1), "rmse", False),
        ((5.0, 7.3, 5.1), "rmse", True),
    ],
)
def test_folds_are_unstable_beyond_a_tenth(values, metric, expected):
    assert unstable(spread(*values), metric) is expected


def test_no_folds_are_not_unstable():
    assert not unstable(None, "roc_auc")


def test_the_worst_fold_is_named_with_what_is_different_in_it():
    frame, folds = rows(), np.arange(500) % 5
    frame.loc[folds == 3, "age"] += 15
    frame.loc[folds == 3, "region"] = "South"
    held_out = binary_from(np.full(500, 0.5), np.arange(500) < 250, rows=frame.index, folds=folds)
    found = worst_fold(spread(0.9, 0.9, 0.9, 0.5, 0.9), "roc_auc", held_out, frame)
    assert (found.fold, found.value, found.n) == (4, 0.5, 100)
    assert {one.column for one in found.shifts} == {"age", "region"}
    age = next(one for one in found.shifts if one.column == "age")
    assert age.inside - age.outside == pytest.approx(frame["age"][folds == 3].mean() - frame["age"][folds != 3].mean())
    assert age.shift == pytest.approx(1.5, abs=0.4)
    assert next(one for one in found.shifts if one.column == "region").level in ("North", "South")


def test_the_worst_value_of_an_error_is_the_largest():
    assert worst_fold(spread(1.0, 3.0, 1.0), "rmse", None, rows()).fold == 2


def test_a_fold_like_the_others_has_nothing_different():
    false = [bool(shifts(rows(seed=seed), np.arange(500) % 5 == 0)) for seed in range(200)]
    assert np.mean(false) <= 0.09


def test_unknown_folds_are_no_guess():
    held_out = binary_from(np.full(500, 0.5), np.arange(500) < 250, rows=rows().index, folds=np.arange(500) % 4)
    found = worst_fold(spread(0.9, 0.5, 0.9), "roc_auc", held_out, rows())
    assert "do not match" in found.reason
    assert "does not say" in worst_fold(spread(0.9, 0.5), "roc_auc", None, rows()).reason
