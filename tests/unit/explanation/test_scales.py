from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.explanation.scales import Neighbourhood, Scales


def test_the_spread_of_normal_values_is_their_standard_deviation():
    rows = pd.DataFrame({"x": np.random.default_rng(0).normal(5, 3, 50_000)})
    assert Scales.of(rows, ("x",)).spread["x"] == pytest.approx(3, rel=0.02)


def test_distances_by_column_agree_with_those_of_two_values():
    rows = pd.DataFrame(
        {
            "x": [1.0, 2.0, np.nan, 9.0, 4.0],
            "mostly": [0, 0, 0, 7, 3],
            "c": ["a", "b", None, "a", "a"],
            "day": pd.to_datetime(["2024-01-01", "2024-01-02", None, "2024-03-01", "2024-01-09"]),
        }
    )
    scales = Scales.of(rows, tuple(rows.columns))
    for at in range(len(rows)):
        for name in rows.columns:
            found = scales.column_distances(rows[name], rows[name].iloc[at])
            assert found == pytest.approx([scales.apart(name, rows[name].iloc[at], v) for v in rows[name]])


def test_leaving_the_value_most_rows_have_counts_as_a_change():
    rows = pd.DataFrame({"gain": [0] * 90 + list(range(100, 1100, 100))})
    scales = Scales.of(rows, ("gain",))
    assert scales.apart("gain", 0, 100) > 1
    assert scales.apart("gain", 100, 200) < 1


def test_a_missing_value_is_one_away_from_a_known_one():
    rows = pd.DataFrame({"x": [1.0, np.nan]})
    scales = Scales.of(rows, ("x",))
    assert scales.column_distances(rows["x"], 1.0).tolist() == [0, 1]
    assert scales.column_distances(rows["x"], np.nan).tolist() == [1, 0]


def test_rows_of_the_data_are_plausible_and_uniformly_so():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(rng.normal(size=(3000, 3)), columns=list("abc"))
    near = Neighbourhood.of(rows.iloc[:1500], list("abc"), judged=500)
    found = [near.plausibility(rows.iloc[at]) for at in range(1500, 1900)]
    assert np.mean(np.array(found) <= 0.1) == pytest.approx(0.1, abs=0.05)
    assert np.mean(found) == pytest.approx(0.5, abs=0.06)


def test_a_row_far_from_all_others_is_not_plausible():
    rng = np.random.default_rng(0)
    x = rng.normal(size=1000)
    rows = pd.DataFrame({"x": x, "y": x + rng.normal(0, 0.05, 1000)})
    near = Neighbourhood.of(rows, ("x", "y"))
    assert near.plausibility(pd.Series({"x": 1.0, "y": -1.0})) < 0.02
    assert near.plausibility(pd.Series({"x": 1.0, "y": 1.0})) > 0.2
