from __future__ import annotations

import itertools

import pytest

import explained_models as known
from specweave.explanation.browsing import MOST_BROWSED, browsed


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_rows_to_pick_add_up_and_leave_out_the_chosen_ones(task):
    subject = known.subject(task)
    found = browsed(subject, known.contributions(subject, subject.held_out), frozenset({1000, 1001}))
    assert len(found) == MOST_BROWSED
    assert not {one["row"] for one in found} & {1000, 1001}
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)
    for one in found:
        assert one["base"] + sum(share[2] for share in one["shares"]) == pytest.approx(one["total"])
        assert [abs(share[2]) for share in one["shares"]] == sorted((abs(s[2]) for s in one["shares"]), reverse=True)


def test_without_rows_there_is_nothing_to_pick():
    subject = known.subject()
    rows = subject.held_out.iloc[:2]
    assert browsed(subject, known.contributions(subject, rows), frozenset(rows.index.tolist())) == []


def test_rows_to_pick_are_spread_over_all_there_are():
    subject = known.subject()
    numbers = sorted(one["row"] for one in browsed(subject, known.contributions(subject, subject.held_out)))
    assert (numbers[0], numbers[-1]) == (1000, 1599)
    assert max(b - a for a, b in itertools.pairwise(numbers)) <= 4
