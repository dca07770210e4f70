import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from specweave.errors import ProblemError
from specweave.problem import Criterion, ExcludedColumn, Problem
from specweave.problems import problem_kind
from specweave.problems.tabular.resolution import infer_task, resolve


def table(values):
    return pd.DataFrame({"y": values, "a": np.arange(len(values), dtype=float)})


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["a", "b"] * 20, "binary"),
        ([0, 1] * 20, "binary"),
        ([True, False] * 20, "binary"),
        (["a", "b", "c", "a"] * 10, "multiclass"),
        ([1, 2, 3, 4] * 10, "multiclass"),
        (list(range(40)), "regression"),
        ([0.5, 1.5, 2.5, 3.5] * 10, "regression"),
    ],
)
def test_the_task_follows_from_the_target(values, task):
    assert infer_task(pd.Series(values)) == task
    assert resolve(Problem(target="y"), table(values)).task == task


def test_the_task_of_the_specification_and_then_of_the_profile_wins():
    frame = table([1, 2, 3, 4] * 10)
    assert resolve(Problem(target="y", task="regression"), frame).metric == "rmse"
    profile = SimpleNamespace(target=SimpleNamespace(name="y", task="regression"))
    assert problem_kind("tabular").resolve(Problem(target="y"), frame, profile).task == "regression"


def test_the_rarer_class_is_positive_unless_named():
    frame = table(["no"] * 30 + ["yes"] * 10)
    assert resolve(Problem(target="y"), frame).positive_label == "yes"
    assert resolve(Problem(target="y", positive_label="no"), frame).positive_label == "no"
    assert resolve(Problem(target="y"), table([0, 1] * 20)).positive_label == "1"


def test_a_positive_label_is_found_however_its_number_is_written():
    assert resolve(Problem(target="y", positive_label="1.0"), table([0.0, 1.0] * 20)).positive_label == "1"


def test_a_rare_class_changes_the_default_metric():
    assert resolve(Problem(target="y"), table([0] * 20 + [1] * 20)).metric == "roc_auc"
    assert resolve(Problem(target="y"), table([0] * 95 + [1] * 5)).metric == "average_precision"


@pytest.mark.parametrize(
    ("values", "facts", "sentence"),
    [
        ([1, 2] * 10, {"target": None}, "no target"),
        ([1, 2] * 10, {"target": "z"}, "not in the data"),
        ([None] * 20, {}, "is empty"),
        ([1], {}, "1 row with"),
        ([1, 2, 3], {}, "3 rows with"),
        (["same"] * 20, {}, "constant"),
        ([f"name {i}" for i in range(20)], {}, "single row"),
        (["a", "a", *(f"n{i}" for i in range(18))], {}, "too many for classes"),
        (["a"] * 17 + ["b"] * 3, {}, "class b has 3 rows"),
        (["a", "b", "c"] * 7, {"task": "binary"}, "two classes"),
        (["1", "2", "x9"] * 7, {"task": "regression"}, "holds text.*x9"),
        (pd.date_range("2024-01-01", periods=20), {"task": "regression"}, "needs numbers"),
        ([1.0, np.inf] * 10, {"task": "regression"}, "infinite"),
        ([0, 1] * 10, {"positive_label": "2"}, "positive label"),
        ([0, 1] * 10, {"metric": "rmse"}, "does not apply"),
        ([0, 1] * 10, {"metric": "goodness"}, "No metric"),
        ([0, 1] * 10, {"success": [Criterion(metric="rmse", value=1)]}, "does not apply"),
        ([0, 1] * 10, {"success": [Criterion(metric="precision", value=7)]}, "numbers from 0 to 1"),
        ([0, 1] * 10, {"excluded": [ExcludedColumn(column="b", reason="-")]}, "excluded column"),
        ([0, 1] * 10, {"excluded": [ExcludedColumn(column="y", reason="-")]}, "target itself"),
    ],
)
def test_what_the_data_cannot_answer_gets_a_sentence(values, facts, sentence):
    with pytest.raises(ProblemError) as caught:
        resolve(Problem(**{"target": "y", **facts}), table(values))
    assert re.search(sentence, str(caught.value))


def test_rows_without_a_target_do_not_disturb():
    frame = table(["a"] * 10 + ["b"] * 10 + [None] * 5)
    assert resolve(Problem(target="y"), frame).task == "binary"
