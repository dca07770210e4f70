from __future__ import annotations

import numpy as np
import pandas as pd

from specweave.leakage import Material
from specweave.leakage.reference import determiners, everything_else


def binary(**columns):
    return Material(pd.DataFrame(columns), "y", task="binary")


def test_everything_else_learns_from_two_columns_what_neither_tells():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2, 800), rng.integers(0, 2, 800)
    material = binary(a=a, b=b, y=a ^ b)
    assert everything_else(material, ()).skill > 0.95
    assert everything_else(material, {"a"}).skill < 0.2


def test_nothing_left_has_no_skill():
    y = np.arange(100) % 2
    assert everything_else(binary(a=y, y=y), {"a"}).skill == 0


def test_determiners_are_the_columns_that_tell_every_row():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 400)
    assert determiners(binary(a=y * 2 + rng.random(400), b=rng.normal(size=400), y=y)) == {"a"}


def test_the_row_before_counts_as_known_in_a_slow_series_but_not_in_a_sorted_file():
    walk = np.random.default_rng(0).normal(size=1000).cumsum()
    slow = Material(pd.DataFrame({"x": np.ones(1000), "y": walk}), "y", task="regression")
    assert everything_else(slow, {"x"}).skill > 0.9
    ordered = Material(pd.DataFrame({"x": np.ones(1000), "y": np.sort(walk)}), "y", task="regression")
    assert everything_else(ordered, {"x"}).skill <= 0


def test_the_row_before_follows_the_time_column():
    rng = np.random.default_rng(0)
    walk, mixed = rng.normal(size=1000).cumsum(), rng.permutation(1000)
    frame = pd.DataFrame({"t": mixed, "x": 1.0, "y": walk[mixed]})
    assert everything_else(Material(frame, "y", task="regression", time="t"), {"t"}).skill > 0.9
