from __future__ import annotations

import pytest

from specweave.explanation.local_facts import LocalExplanation, Share
from specweave.explanation.waterfall import steps, waterfall


def explained(n, others=0.0, n_others=0):
    shares = tuple(Share(column=f"column {i}", value="1", amount=(-1) ** i / (i + 1)) for i in range(n))
    total = sum(one.amount for one in shares) + others
    return LocalExplanation(
        row=1,
        label="row 1",
        why="asked for",
        score=0.5,
        answer="yes",
        base=0.25,
        explained_score=0.25 + total,
        shares=shares,
        others=others,
        n_others=n_others,
    )


@pytest.mark.parametrize(("n", "others", "n_others"), [(3, 0.0, 0), (10, 0.0, 0), (15, 0.7, 20), (11, 0.0, 0)])
def test_the_bars_lead_from_the_average_to_the_answer(n, others, n_others):
    one = explained(n, others, n_others)
    bars = steps(one)
    assert one.base + sum(amount for _, amount in bars) == pytest.approx(one.explained_score)
    assert len(bars) <= 11
    assert bars[-1][0] == "column 0 = 1"


def test_the_rest_is_one_bar_that_says_how_many_columns_it_holds():
    assert steps(explained(15, 0.7, 20))[0][0] == "25 other columns"
    assert steps(explained(11))[0][0] == "1 other column"


def test_each_bar_is_drawn_where_the_one_before_it_ends():
    one = explained(5)
    axes = waterfall(one, unit="log-odds").axes[0]
    at = one.base
    for bar, (_, amount) in zip(axes.patches, steps(one), strict=True):
        assert bar.get_x() + min(0.0, bar.get_width()) == pytest.approx(min(at, at + amount))
        assert abs(bar.get_width()) == pytest.approx(abs(amount))
        at += amount
    assert at == pytest.approx(one.explained_score)
    low, high = axes.get_xlim()
    assert low < min(bar.get_x() for bar in axes.patches)
    assert high > one.explained_score


def test_a_long_value_does_not_push_the_bars_aside():
    one = explained(1).model_copy(update={"shares": (Share(column="note", value="x" * 300, amount=1.0),)})
    assert len(steps(one)[0][0]) <= 42
