import pytest

from specweave.problems.base import Attempt
from specweave.training.pace import Pace


def attempt(name, kind="candidate"):
    return Attempt(name, kind, name, lambda: None)


BASE, FIRST, SECOND = attempt("mean", "baseline"), attempt("one"), attempt("two")


@pytest.fixture
def told():
    return []


@pytest.fixture
def pace(told):
    return Pace([BASE, FIRST, SECOND], 4, lambda done, total, message: told.append((done, total, message)))


def test_there_is_no_estimate_before_a_candidate_has_run_a_fold(pace, told):
    pace.on_fold(BASE, 0, 0.5, 1.0)
    assert told == [(1, 16, "mean: fold 1 of 4, 0.5000")]


def test_the_estimate_is_the_rest_of_this_one_and_the_mean_for_each_to_come(pace, told):
    pace.on_fold(FIRST, 0, 0.75, 2.0)
    assert pace.seconds_left(FIRST, 0) == pytest.approx(4 * 2.0 + 5 * 2.0)
    assert told[-1] == (6, 16, "one: fold 1 of 4, 0.7500, about 18 s left")


def test_the_last_fold_leaves_the_final_fit(pace):
    pace.on_fold(SECOND, 3, None, 1.0)
    assert pace.seconds_left(SECOND, 3) == pytest.approx(1.0)


def test_folds_of_an_earlier_run_and_failures_keep_the_count_right(pace, told):
    pace.end(FIRST)
    pace.begin(SECOND)
    pace.on_fold(SECOND, 0, 1.0, 1.0)
    assert [done for done, *_ in told] == [10, 11]
