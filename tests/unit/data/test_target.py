from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.data.column_profile import profile_column
from specweave.data.target import guess_task, require_column, summarise_target
from specweave.errors import ProblemError


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([0, 1] * 50, "binary"),
        (["a", "b", "c"] * 30, "multiclass"),
        ([1, 2, 3, 4, 5] * 20, "multiclass"),
        (np.linspace(0, 1, 100), "regression"),
        (list(range(100)), "regression"),
        ([f"{i:05x}" for i in range(100)], None),
        (["same"] * 100, None),
        (pd.date_range("2024-01-01", periods=100), None),
    ],
)
def test_the_task_is_guessed_from_the_values(values, task):
    assert guess_task(profile_column("y", pd.Series(values)))[0] == task


def test_the_rarest_class_is_named():
    values = pd.Series([1] * 6 + [0] * 94)
    found = summarise_target(profile_column("y", values), values.value_counts())
    assert (found.rarest.value, found.rarest.count, found.minority_share) == ("1", 6, 0.06)


def test_an_unknown_target_suggests_a_name():
    with pytest.raises(ProblemError, match="did you mean Survived"):
        require_column("survived", ["Survived", "Age"])
