from __future__ import annotations

from specweave.leakage.code.values import Part, inside, meet

ALL = Part("table", 1)
TRAIN, TEST = ALL.cut("split", "train"), ALL.cut("split", "test")


def test_the_two_sides_of_a_split_are_disjoint_and_both_are_inside_the_whole():
    assert TRAIN.disjoint(TEST)
    assert not TRAIN.disjoint(ALL)
    assert ALL.holds(TRAIN)
    assert not TRAIN.holds(ALL)
    assert inside(frozenset({TEST}), frozenset({ALL}))
    assert not meet(frozenset({TRAIN}), frozenset({TEST}))


def test_a_split_of_a_side_stays_apart_from_the_other_side():
    assert TRAIN.cut("again", "test").disjoint(TEST)
    assert not TRAIN.cut("again", "test").disjoint(TRAIN)


def test_two_different_splits_may_share_rows():
    assert not TRAIN.disjoint(ALL.cut("other", "test"))


def test_slices_are_apart_when_one_ends_where_or_before_the_other_begins():
    first, middle = ALL.cut("at 800", "train"), ALL.cut("at 900", "train").cut("at 800", "test")
    last = ALL.cut("at 900", "test")
    assert first.disjoint(middle)
    assert middle.disjoint(last)
    assert first.disjoint(last)
    assert last.disjoint(first)
    assert not first.disjoint(ALL.cut("at 700", "test"))


def test_slices_counted_from_different_ends_or_by_names_may_share_rows():
    assert not ALL.cut("at 800", "train").disjoint(ALL.cut("at -100", "test"))
    assert not ALL.cut("at n", "train").disjoint(ALL.cut("at m", "test"))


def test_slices_of_different_splits_are_not_compared():
    assert not ALL.cut("at 10", "train").disjoint(ALL.cut("other", "train").cut("at 20", "test"))


def test_other_sources_share_nothing():
    assert ALL.disjoint(Part("file", 2))


def test_the_same_line_may_split_what_it_split_before():
    assert TEST.cut("split", "train") != TRAIN
    assert TEST.cut("split", "train").disjoint(TRAIN)
