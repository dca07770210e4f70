from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from specweave.explanation.counterfactuals import ALL, Search
from specweave.explanation.freedom import freedoms
from specweave.explanation.scales import Neighbourhood

COLUMNS = ("income", "late", "job", "age")


def made(n=2000, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "income": np.round(rng.normal(30_000, 8_000, n), -2),
            "late": rng.poisson(1.5, n),
            "job": rng.choice(["none", "part", "full"], n),
            "age": rng.integers(18, 80, n),
        }
    )


@pytest.fixture(scope="module")
def known():
    return made()


@pytest.fixture(scope="module")
def near(known):
    return Neighbourhood.of(known, COLUMNS)


def margin(rows):
    """At least 0 from an income of 35,000 on, a late payment costing 5,000."""
    return rows["income"].to_numpy(dtype=float) - 5_000 * rows["late"].to_numpy(dtype=float) - 35_000


def search(known, near, row, *allowed, margin=margin):
    return Search(margin, row, freedoms(allowed, COLUMNS), near, known)


def one(known, **values):
    return known.iloc[[0]].assign(**{"income": 30_000.0, "late": 0, "job": "part", "age": 40, **values})


def test_the_smallest_sufficient_change_of_a_number_is_found(known, near):
    (found,) = search(known, near, one(known), "income").nearest()
    assert found.change == {"income": 35_000.0}
    assert found.margin == 0
    assert found.distance == pytest.approx(5_000 / near.scales.spread["income"])


def test_only_allowed_columns_change_and_only_in_the_allowed_direction(known, near):
    late = one(known, income=36_000.0, late=2)
    (found,) = search(known, near, late, "late").nearest()
    assert found.change == {"late": 0}
    assert search(known, near, late, "late up").nearest() == []
    (found,) = search(known, near, late, "income up").nearest()
    assert found.change["income"] == 45_000.0
    assert search(known, near, late, "income down").nearest() == []


def test_values_are_values_of_the_data(known, near):
    odd = known.assign(late=known["late"] * 2)
    for found in search(
        odd, Neighbourhood.of(odd, COLUMNS), one(known, late=4, income=41_300.0), "late", "income"
    ).nearest():
        for name, value in found.change.items():
            assert value in set(odd[name])


def test_several_columns_change_where_one_is_not_enough(known, near):
    def graded(rows):
        return np.minimum(
            (rows["income"].to_numpy(float) - 32_000) / 8_000, (rows["job"] == "full").to_numpy(float) - 0.5
        )

    row = one(known)
    (found,) = search(known, near, row, "job", "income", margin=graded).nearest()
    assert found.change == {"job": "full", "income": 32_000.0}
    assert graded(row.assign(**found.change))[0] >= 0


def test_what_is_not_needed_is_left_out(known, near):
    found = search(known, near, one(known), "income", "job", "age").nearest()
    assert [set(one.change) for one in found] == [{"income"}]


def test_the_alternatives_differ_in_their_columns_and_the_cheapest_is_first(known, near):
    found = search(known, near, one(known, income=33_000.0, late=1), "income", "late").nearest()
    sets = [frozenset(one.change) for one in found]
    assert len(set(sets)) == len(sets) >= 1
    assert [one.cost for one in found] == sorted(one.cost for one in found)


def test_no_cheaper_change_exists_on_a_small_grid(known, near):
    """Against exhaustive search over all pairs of values of two columns."""
    row = one(known, income=31_000.0, late=2)
    best = search(known, near, row, "income", "late").nearest()[0]
    incomes, lates = np.unique(known["income"]), np.unique(known["late"])
    grid = pd.DataFrame([(i, late) for i in incomes for late in lates], columns=["income", "late"])
    rows = grid.assign(job="part", age=40)
    good = grid[margin(rows) >= 0]
    scales = near.scales
    cost = [
        sum(
            scales.apart(n, row[n].iloc[0], v) + 1.0
            for n, v in zip(grid.columns, pair, strict=True)
            if v != row[n].iloc[0]
        )
        for pair in good.itertuples(index=False)
    ]
    assert best.distance + len(best.change) <= min(cost) + 0.35


STEPS = {"age": [20, 30, 40, 50, 60], "school": [8, 10, 12, 14, 16], "hours": [20, 30, 40, 50], "gain": [0, 3, 9]}


def gridded(n=1500, seed=3):
    """Columns that depend on each other, so that many combinations of values are rare or absent."""
    rng = np.random.default_rng(seed)
    age = rng.choice(STEPS["age"], n, p=[0.3, 0.3, 0.2, 0.15, 0.05])
    school = np.clip(np.round((age - 20) / 10 + rng.normal(9, 2, n)) // 2 * 2, 8, 16).astype(int)
    hours = np.clip(rng.choice(STEPS["hours"], n, p=[0.1, 0.15, 0.55, 0.2]) + (age > 50) * -10, 20, 50)
    gain = np.where(rng.random(n) < 0.92, 0, np.where(school > 12, 9, 3))
    return pd.DataFrame({"age": age, "school": school, "hours": hours, "gain": gain})


def stepped(rows):
    """As trees answer: flat over wide parts, and two columns together count where neither does alone."""
    r = {name: rows[name].to_numpy(float) for name in STEPS}
    score = 1.0 * (r["gain"] >= 9) + 0.6 * ((r["school"] >= 12) & (r["age"] >= 30)) + 0.3 * (r["hours"] >= 40)
    return score + 0.3 * ((r["age"] >= 50) & (r["hours"] <= 30)) - 0.85


def cheapest(row, known, near):
    """Every combination of all values, by the documented cost: none is left out."""
    grid = pd.DataFrame(list(product(*STEPS.values())), columns=list(STEPS)).astype(known.dtypes.to_dict())
    own, usual = row.iloc[0], min(0.05, near.plausibility(row.iloc[0]))
    best = None
    for _, values in grid[stepped(grid) >= 0].iterrows():
        cost = sum(near.scales.apart(name, own[name], values[name]) + 1 for name in STEPS if values[name] != own[name])
        if best is None or cost < best:
            plausibility = near.plausibility(values)
            cost += 1 - plausibility
            best = cost if plausibility >= usual and (best is None or cost < best) else best
    return best


@pytest.mark.parametrize("most_tried", [ALL, 0], ids=["all tried", "beam"])
def test_the_cheapest_likely_change_of_any_columns_is_found(most_tried):
    """Against every combination of values; a change that no training row looks like must not end the search."""
    known = gridded()
    near = Neighbourhood.of(known, tuple(STEPS))
    refused = known.index[stepped(known) < 0][:16]
    assert len(refused) == 16
    for at in refused:
        row = known.loc[[at]]
        best = cheapest(row, known, near)
        found = Search(stepped, row, freedoms(list(STEPS), tuple(STEPS)), near, known, most_tried).nearest()
        assert (found[0].cost if found else None) == (best if best is None else pytest.approx(best)), (at, found)


def test_a_row_like_no_other_is_not_proposed():
    rng = np.random.default_rng(0)
    height = rng.normal(170, 10, 1500)
    known = pd.DataFrame({"height": height, "weight": height - 100 + rng.normal(0, 1.0, 1500)})
    near = Neighbourhood.of(known, ("height", "weight"))
    row = known.iloc[[0]].assign(height=170.0, weight=70.0)

    def heavy(rows):
        return rows["weight"].to_numpy(float) - 82

    alone = Search(heavy, row, freedoms(["weight"], ("height", "weight")), near, known)
    assert alone.nearest() == []
    both = Search(heavy, row, freedoms(["weight", "height"], ("height", "weight")), near, known)
    assert set(both.nearest()[0].change) == {"height", "weight"}


def test_nothing_is_found_where_no_allowed_column_matters(known, near):
    assert search(known, near, one(known), "age").nearest() == []


def test_the_row_keeps_its_types(known, near):
    seen = []

    def watching(rows):
        seen.append(rows.dtypes)
        return margin(rows)

    search(known, near, one(known, late=3), "income", "late", "job", margin=watching).nearest()
    assert all((types == known.dtypes).all() for types in seen)


def test_of_very_many_columns_those_that_move_the_answer_are_combined():
    rng = np.random.default_rng(0)
    known = pd.DataFrame(rng.normal(size=(300, 60)), columns=[f"c{at}" for at in range(60)])
    row = pd.DataFrame(np.zeros((1, 60)), columns=known.columns)
    names = tuple(known)
    free, near = freedoms(names, names), Neighbourhood.of(known, names)
    found = Search(lambda rows: (rows["c57"] + rows["c58"] - 2.5).to_numpy(), row, free, near, known).nearest(1)
    assert set(found[0].change) == {"c57", "c58"}
