from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.deployment.equality import compared, edge_rows
from specweave.deployment.signature import InputColumn, Signature
from specweave.metrics import Predictions


def probabilities(positive):
    return np.column_stack([1 - np.array(positive), positive])


def test_rows_beyond_the_limit_and_labels_are_counted():
    scores = probabilities([0.2, 0.5, 0.9])
    asked = Predictions(
        "binary", ["no"] * 3, ["no", "yes", "yes"], scores=scores, classes=("no", "yes"), positive="yes"
    )
    same = compared(asked, scores + 1e-7, np.array([0, 1, 1]), 0)
    assert (same.equal, same.beyond, same.labels_differ) == (True, 0, 0)
    assert same.max_difference == pytest.approx(1e-7)
    far = compared(asked, probabilities([0.2, 0.5, 0.8]), np.array([0, 0, 1]), 0)
    assert (far.equal, far.beyond, far.labels_differ) == (False, 1, 1)


def test_an_answer_that_is_no_number_is_beyond():
    asked = Predictions("regression", np.zeros(3), np.array([1.0, 2.0, 3.0]))
    found = compared(asked, np.array([[1.0], [np.nan], [3.0]]), None, 0)
    assert (found.equal, found.beyond) == (False, 1)


def test_values_are_compared_relative_to_their_size():
    values = np.array([1e6, 2e6, 3e6])
    asked = Predictions("regression", values, values)
    assert compared(asked, values.reshape(-1, 1) + 1, None, 0).equal
    assert not compared(asked, values.reshape(-1, 1) + 100, None, 0).equal


def signature(**n):
    """Of a number n, a date d and a category c; facts of n may be given."""
    readings = {"n": "number", "d": "date", "c": "category"}
    columns = [InputColumn(name=x, reading=y, dtype="?", **(n if x == "n" else {})) for x, y in readings.items()]
    return Signature(increment="i", experiment="e", task="regression", target="t", columns=columns)


def test_edge_rows_leave_out_what_the_model_takes_in_no_request():
    frame = pd.DataFrame({"n": [1, 2], "d": pd.to_datetime(["2020-01-01", "2021-01-01"]), "c": ["x", "y"]})
    found = edge_rows(frame, signature(required=True))
    assert found["n"].notna().all()
    assert found["d"].isna().any()


def test_edge_rows_hold_missing_unknown_and_extreme_cells():
    times = pd.to_datetime(["2020-01-01", "2021-01-01"])
    frame = pd.DataFrame({"n": [1, 2], "d": times, "c": ["x", "y"]})
    found = edge_rows(frame, signature())
    assert found["n"].isna().any()
    assert found["n"].abs().max() == 1e9
    assert found["d"].isna().any()
    assert "a category nobody saw" in found["c"].tolist()
    assert found.iloc[-1].isna().all()
