import numpy as np
import pytest

from specweave.explanation.global_facts import ColumnImportance
from specweave.explanation.honesty import dominating, tied_groups


def worth(*sizes):
    return [
        ColumnImportance(column=f"c{at}", contribution=share, share=share, skill_lost=skill)
        for at, (share, skill) in enumerate(sizes)
    ]


def test_a_column_that_carries_nearly_all_is_named_as_a_possible_leak():
    found = dominating(worth((0.8, 0.97), (0.1, 0.05), (0.1, 0.01)))
    assert found.column == "c0"
    assert "possible leak" in found.sentence


@pytest.mark.parametrize(
    "sizes",
    [
        [(0.35, 1.22), (0.22, 0.19), (0.12, 0.2)],  # the sex of a passenger of the Titanic
        [(0.6, 0.5), (0.2, 0.1), (0.2, 0.1)],
        [(0.6, 0.9), (0.3, 0.4), (0.1, 0.1)],
        [(0.9, 0.9), (0.1, 0.1)],
    ],
)
def test_a_strong_column_among_others_is_no_leak(sizes):
    assert dominating(worth(*sizes)) is None


def test_columns_are_tied_in_groups_that_hold_together_not_over_a_chain():
    chain = np.array([[1, 0.8, 0.1, 0], [0.8, 1, 0.75, 0], [0.1, 0.75, 1, 0], [0, 0, 0, 1.0]])
    assert tied_groups(["a", "b", "c", "d"], chain, [0.4, 0.3, 0.2, 0.1]) == [("a", "b")]
    close = np.array([[1, 0.9, 0.8], [0.9, 1, 0.85], [0.8, 0.85, 1]])
    assert tied_groups(["a", "b", "c"], close, [0.2, 0.5, 0.3]) == [("b", "c", "a")]
    assert tied_groups(["a", "b", "c"], close, [0.01, 0.01, 0.01]) == []
    assert tied_groups(["a"], np.eye(1), [1.0]) == []
