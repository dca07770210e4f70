import numpy as np
import pytest

from specweave.explanation.global_facts import ColumnImportance, Permutation
from specweave.explanation.honesty import dominating, tied_groups


def worth(*sizes):
    return [
        ColumnImportance(column=f"c{at}", contribution=share, share=share, skill_lost=skill)
        for at, (share, skill) in enumerate(sizes)
    ]


def measured(skill):
    """Shuffling on rows where the model has got rid of this part of the error of knowing nothing."""
    return Permutation(
        loss="squared error", loss_kept=1 - skill, loss_of_nothing=1.0, n_rows=100, n_models=2, repeats=4,
        rows_are="rows", unseen=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sizes", "skill"),
    [
        ([(0.8, 0.97), (0.1, 0.05), (0.1, 0.01)], 0.95),
        ([(0.1, -0.01), (0.07, 0.02), (0.06, 4.25)], 0.84),  # a reason for leaving, filled where a customer has left
        ([(0.29, 1.55), (0.22, 0.12), (0.13, 0.0)], 0.85),  # whether a claim was investigated
        ([(0.74, 1.37), (0.25, 0.2), (0.0, 0.0)], 0.99),  # registered and casual riders, whose sum is the target
        ([(0.85, 1.9), (0.1, 0.05), (0.05, 0.01)], 0.5),
    ],
)
def test_a_column_that_carries_the_skill_is_named_as_a_possible_leak(sizes, skill):
    columns = worth(*sizes)
    found = dominating(columns, measured(skill))
    assert found.column == max(columns, key=lambda one: one.skill_lost).column
    assert "possible leak" in found.sentence


@pytest.mark.parametrize(
    ("sizes", "skill"),
    [
        ([(0.47, 1.22), (0.22, 0.34), (0.12, 0.11)], 0.4),  # the sex of a passenger of the Titanic
        ([(0.72, 1.82), (0.12, 0.09), (0.08, 0.08)], 0.31),  # the same with few other columns
        ([(0.43, 1.36), (0.17, 0.21), (0.12, 0.11)], 0.91),  # the hour of the day of a ride
        ([(0.55, 2.43), (0.12, 0.06), (0.09, 0.07)], 0.02),  # the only column of a model that knows next to nothing
        ([(0.6, 0.5), (0.2, 0.1), (0.2, 0.1)], 0.9),
        ([(0.6, 0.9), (0.3, 0.4), (0.1, 0.1)], 0.9),
        ([(0.9, 0.9), (0.1, 0.1)], 0.9),
        ([(0.9, None), (0.05, None), (0.05, None)], -0.1),
    ],
)
def test_a_strong_column_among_others_is_no_leak(sizes, skill):
    assert dominating(worth(*sizes), measured(skill)) is None


def test_without_shuffling_the_shares_tell():
    assert dominating(worth((0.65, None), (0.2, None), (0.15, None)), None).column == "c0"
    assert dominating(worth((0.6, None), (0.3, None), (0.1, None)), None) is None
    assert dominating(worth((0.4, None), (0.1, None), (0.1, None)), None) is None


def test_columns_are_tied_in_groups_that_hold_together_not_over_a_chain():
    chain = np.array([[1, 0.8, 0.1, 0], [0.8, 1, 0.75, 0], [0.1, 0.75, 1, 0], [0, 0, 0, 1.0]])
    assert tied_groups(["a", "b", "c", "d"], chain, [0.4, 0.3, 0.2, 0.1]) == [("a", "b")]
    close = np.array([[1, 0.9, 0.8], [0.9, 1, 0.85], [0.8, 0.85, 1]])
    assert tied_groups(["a", "b", "c"], close, [0.2, 0.5, 0.3]) == [("b", "c", "a")]
    assert tied_groups(["a", "b", "c"], close, [0.01, 0.01, 0.01]) == []
    assert tied_groups(["a"], np.eye(1), [1.0]) == []
