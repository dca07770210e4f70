import numpy as np
import pandas as pd
import pytest

from made_tables import made, resolved
from specweave.errors import ProblemError
from specweave.problems.tabular.folds import deal_groups, make_folds


def test_each_row_is_held_out_once_in_folds_of_equal_mix():
    frame = made(200, rare=0.1)
    folds = make_folds(resolved(), frame, group=None, time=None)
    assert sorted(np.concatenate([held for _, held in folds])) == list(range(200))
    assert {int((frame["y"].iloc[held] == "yes").sum()) for _, held in folds} == {4}
    assert all(not set(learnt) & set(held) for learnt, held in folds)


def test_regression_folds_hold_low_and_high_values_alike():
    frame = made(500, task="regression")
    folds = make_folds(resolved("regression"), frame, group=None, time=None)
    means = [frame["y"].iloc[held].mean() for _, held in folds]
    assert np.ptp(means) < 0.3 * frame["y"].std()


def test_groups_are_never_divided():
    frame = made(300).assign(who=np.random.default_rng(0).integers(0, 40, 300))
    folds = make_folds(resolved(), frame, group="who", time=None)
    for learnt, held in folds:
        assert not set(frame["who"].iloc[learnt]) & set(frame["who"].iloc[held])
    assert max(len(held) for _, held in folds) - min(len(held) for _, held in folds) < 20


def test_copies_are_never_divided():
    frame = pd.concat([made(200), made(200).iloc[:50]], ignore_index=True)
    folds = make_folds(resolved(), frame, group=None, time=None)
    assert np.array_equal(folds.number[:50], folds.number[200:])


def test_folds_follow_time_and_learn_only_from_before():
    frame = made(300)
    folds = make_folds(resolved(), frame, group=None, time="when")
    assert folds.count == 5
    assert (folds.number == -1).sum() > 30
    for learnt, held in folds:
        assert frame["when"].iloc[learnt].max() < frame["when"].iloc[held].min()
    assert folds.sides(0)[0].size < folds.sides(4)[0].size


def test_few_different_times_give_fewer_folds():
    frame = made(90).assign(year=np.repeat([2020, 2021, 2022], 30))
    folds = make_folds(resolved(), frame, group=None, time="year")
    assert folds.count == 2
    assert "5 were asked for" in folds.reason
    with pytest.raises(ProblemError, match="too few different times"):
        make_folds(resolved(), frame.assign(year=1), group=None, time="year")


def test_a_rare_class_gives_fewer_folds():
    frame = made(100, rare=0.03)
    assert make_folds(resolved(), frame, group=None, time=None).count == 3


def test_a_single_group_is_refused():
    with pytest.raises(ProblemError, match="single group"):
        make_folds(resolved(), made(50).assign(who=1), group="who", time=None)


def test_the_same_seed_deals_the_same_folds():
    groups, strata = np.arange(100), np.arange(100) % 3
    assert np.array_equal(deal_groups(groups, strata, 5, 0), deal_groups(groups, strata, 5, 0))
    assert not np.array_equal(deal_groups(groups, strata, 5, 0), deal_groups(groups, strata, 5, 1))
