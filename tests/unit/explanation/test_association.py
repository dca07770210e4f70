import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from scipy.stats.contingency import association as cramer

from specweave.explanation.association import association, associations

RNG = np.random.default_rng(0)
X = pd.Series(RNG.normal(size=3_000))
NAMES = pd.Series(RNG.choice(list("abcd"), 3_000))


def test_numbers_are_compared_by_ranks():
    other = pd.Series(np.exp(X) + RNG.normal(0, 1, 3_000))
    assert association(X, other, "number", "number") == pytest.approx(abs(spearmanr(X, other).statistic))


def test_categories_by_cramers_v():
    copy = NAMES.where(RNG.random(3_000) < 0.7, "a")
    theirs = cramer(pd.crosstab(NAMES, copy), method="cramer")
    assert association(NAMES, copy, "category", "category") == pytest.approx(theirs, abs=0.01)
    assert association(NAMES, NAMES, "category", "category") == pytest.approx(1)


def test_a_category_tells_a_number_cut_from_it_and_nothing_of_an_unrelated_one():
    tenths = pd.Series(pd.qcut(X, 10).astype(str))
    many = pd.Series(RNG.choice([f"n{i}" for i in range(500)], 3_000))
    assert association(X, tenths, "number", "category") > 0.95
    assert association(X, NAMES, "number", "category") < 0.1
    assert association(X, many, "number", "many") < 0.2


def test_the_table_is_symmetric():
    found = associations(pd.DataFrame({"x": X, "n": NAMES}), {"x": "number", "n": "category"})
    np.testing.assert_allclose(found, found.T)
    np.testing.assert_allclose(np.diag(found), 1)


def test_a_category_of_nearly_its_own_in_every_row_tells_nothing():
    ticket = pd.Series([f"ticket {i // 2}" for i in range(3_000)])
    group = pd.Series(np.repeat(RNG.choice(list("ab"), 1_500), 2))
    assert association(ticket, group, "many", "category") < 0.2
    assert association(X, ticket, "number", "many") < 0.2


def test_the_table_of_many_says_what_each_pair_says_also_with_gaps_and_dates():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": X[:400], "y": np.exp(X[:400]) + rng.normal(0, 1, 400), "n": NAMES[:400]})
    frame["gaps"] = frame["x"].where(rng.random(400) < 0.6)
    frame["few"] = frame["y"].where(frame.index < 8)
    frame["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 90, 400), unit="D")
    frame["m"] = frame["n"].where(rng.random(400) < 0.7)
    frame["same"] = 3.0
    readings = {name: "date" if name == "day" else "category" if name in "nm" else "number" for name in frame}
    found = associations(frame, readings)
    names = list(frame)
    for i, a in enumerate(names):
        for j in range(i):
            expected = association(frame[a], frame[names[j]], readings[a], readings[names[j]])
            assert found[i, j] == pytest.approx(expected, abs=1e-12), (a, names[j])
    assert associations(frame[["n"]], {"n": "category"}).tolist() == [[1.0]]
