from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.errors import ProblemError
from specweave.leakage import Material


def material(n=100, task="binary", **columns):
    frame = pd.DataFrame({"x": np.arange(n, dtype=float), "y": np.arange(n) % 2} | columns)
    return Material(frame, "y", task=task)


def test_a_rare_class_keeps_all_its_rows_in_the_sample():
    y = np.zeros(100_000, dtype=int)
    y[:150] = 1
    sampled = Material(pd.DataFrame({"x": np.arange(100_000), "y": y}), "y", task="binary")
    assert len(sampled.sample) == 20_000
    assert sampled.sample_y.sum() == 150
    assert sampled.judged_rows() == "a sample of 20,000 of 100,000 rows"


def test_both_halves_hold_every_class_equally():
    halves = material(101)
    for label in (0, 1):
        inside = halves.first_half[halves.sample_y == label]
        assert abs(inside.mean() - 0.5) < 0.02


def test_random_numbers_depend_on_seed_and_purpose_only():
    one, other = material(), material()
    one.rng("something else").random(100)
    assert one.rng("a").random() == other.rng("a").random() != one.rng("b").random()


def test_kinds():
    when = pd.date_range("2024-01-01", periods=100)
    kinds = material(when=when, lasts=when - when[0], flag=[True, False] * 50, text=["a", "b"] * 50)
    assert [kinds.kind(c) for c in ("x", "when", "lasts", "flag", "text")] == [
        "number", "time", "number", "category", "category",
    ]  # fmt: skip


def test_missing_and_infinite_numbers_are_nan_and_missing_codes_minus_one():
    odd = material(
        4, a=[1.0, np.inf, None, 2.0], b=["u", None, "u", "v"], t=pd.to_datetime(["2024", None, "2025", "2026"])
    )
    assert np.isnan(odd.numbers("a")).tolist() == [False, True, True, False]
    assert odd.codes("b").tolist() == [0, -1, 0, 1]
    assert np.isnan(odd.numbers("t")).tolist() == [False, True, False, False]


def test_times_of_different_units_are_comparable():
    when = pd.Series(pd.date_range("2024-01-01", periods=100))
    both = material(ns=when.dt.as_unit("ns"), s=when.dt.as_unit("s"), zoned=when.dt.tz_localize("UTC"))
    assert (both.numbers("ns") == both.numbers("s")).all()
    assert (both.numbers("ns") == both.numbers("zoned")).all()


def test_more_than_fifty_classes_are_fifty():
    many = Material(pd.DataFrame({"x": range(1000), "y": [min(i, 80) for i in range(1000)]}), "y", task="multiclass")
    assert len(many.classes) == 50
    assert "80" in many.classes


def test_two_columns_of_one_name_are_an_error():
    frame = pd.DataFrame([[1, 2, 3]], columns=["a", "a", "y"])
    with pytest.raises(ProblemError, match="same name"):
        Material(frame, "y", task="binary")
