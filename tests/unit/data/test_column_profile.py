from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.data.column_profile import named_like_id, profile_column

RNG = np.random.default_rng(0)
N = 1000


def made(values, name="column"):
    return profile_column(name, pd.Series(values))


@pytest.mark.parametrize(
    ("name", "values", "role"),
    [
        ("x", RNG.normal(size=N), "numeric"),
        ("n", RNG.integers(0, 9, N), "numeric"),
        ("flag", RNG.integers(0, 2, N), "boolean"),
        ("flag", RNG.integers(0, 2, N).astype(bool), "boolean"),
        ("flag", ["Yes", "No"] * 500, "boolean"),
        ("sex", ["male", "female"] * 500, "categorical"),
        ("index", np.arange(N) + 5, "id"),
        ("customer_id", np.arange(N) * 7 % 7919, "id"),
        ("income", np.arange(N) * 7 % 7919, "numeric"),
        ("key", [f"{i:06x}" for i in range(N)], "id"),
        ("review", [f"this is the long review number {i}" for i in range(N)], "text"),
        ("at", pd.date_range("2024-01-01", periods=N), "datetime"),
        ("same", [1] * N, "constant"),
        ("mark", ["x", None] * 500, "categorical"),
        ("none", [np.nan] * N, "empty"),
    ],
)
def test_roles(name, values, role):
    assert made(values, name).role == role


@pytest.mark.parametrize(
    "name", ["id", "customer_id", "PolicyNumber", "PID", "userId", "movieid", "row index", "order no"]
)
def test_names_of_ids(name):
    assert named_like_id(name)


@pytest.mark.parametrize("name", ["paid", "humid", "valid", "education-num", "age", "casino"])
def test_names_that_are_not(name):
    assert not named_like_id(name)


def test_moments_agree_with_pandas():
    values = pd.Series(RNG.gamma(2, size=N))
    profile = made(values)
    assert profile.mean == pytest.approx(values.mean())
    assert profile.std == pytest.approx(values.std())
    assert profile.quantiles["0.25"] == pytest.approx(values.quantile(0.25))
    assert profile.skew == pytest.approx(values.skew(), rel=0.02)
    assert sum(profile.histogram.counts) == N


def test_missing_and_distinct_are_counted():
    profile = made(["a", "b", None, "a"])
    assert (profile.missing, profile.missing_share, profile.distinct) == (1, 0.25, 2)
    assert profile.top_values[0].value == "a"
    assert profile.top_values[0].share == 0.5


def test_outliers_are_far_out_only():
    assert made([*RNG.uniform(size=N), 50.0, -50.0]).outliers == 2
    assert made(RNG.normal(size=N)).outliers == 0
    assert made([0] * 900 + list(range(100))).outliers is None


def test_zero_apart_from_all_ages_is_a_hidden_code():
    ages = [*RNG.integers(16, 80, N), *[0] * 20]
    codes = made(ages, "age").hidden_codes
    assert [(c.value, c.count) for c in codes] == [(0, 20)]


@pytest.mark.parametrize("code", [-1, -999, 9999])
def test_other_codes(code):
    assert [c.value for c in made([*RNG.integers(0, 80, N), *[code] * 10]).hidden_codes] == [code]


@pytest.mark.parametrize(
    "values",
    [
        RNG.integers(0, 24, N),
        RNG.poisson(0.3, N),
        RNG.normal(size=N),
        RNG.exponential(size=N).round(2),
        np.where(RNG.random(N) < 0.9, 0, RNG.gamma(3, 900, N).round()),
    ],
)
def test_healthy_numbers_have_no_hidden_code(values):
    assert made(values).hidden_codes == []


def test_a_cap_is_seen_and_a_natural_end_is_not():
    prices = np.minimum(RNG.gamma(4, 60_000, 5000).round(-2), 500_001)
    profile = made(prices)
    assert profile.capped_at == 500_001
    assert profile.capped_share == pytest.approx(np.mean(prices == 500_001))
    assert made(RNG.integers(0, 100, 5000)).capped_at is None


def test_near_constant_and_high_cardinality():
    assert made(["a"] * 995 + ["b"] * 5).near_constant
    assert made([f"city {i % 200}" for i in range(N)]).high_cardinality


def test_infinite_values_are_said():
    assert made([1.0, 2.0, np.inf]).notes == ["1 values are infinite"]


def test_words_for_nothing_are_noted():
    assert "unknown" in made(["a", "b", "unknown"] * 10).notes[0]
