import numpy as np
import pytest

from specweave.errors import SpecweaveError
from specweave.problems import Folds, ProblemKind, problem_kind


def test_a_kind_is_found_by_its_name():
    kind = problem_kind("tabular")
    assert kind.name == "tabular"
    assert isinstance(kind, ProblemKind)


def test_an_unknown_kind_lists_the_kinds_there_are():
    with pytest.raises(SpecweaveError, match=r"tabluar.*tabular"):
        problem_kind("tabluar")


def test_unordered_folds_learn_from_all_others_and_ordered_ones_from_earlier():
    number = np.array([-1, 0, 0, 1, 2])
    free, ordered = Folds(number, ordered=False, reason=""), Folds(number, ordered=True, reason="")
    assert free.count == ordered.count == 3
    assert [list(side) for side in free.sides(1)] == [[0, 1, 2, 4], [3]]
    assert [list(side) for side in ordered.sides(1)] == [[0, 1, 2], [3]]
