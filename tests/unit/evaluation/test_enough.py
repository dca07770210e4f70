from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.data import seal
from specweave.errors import SealedError
from specweave.evaluation import evaluate
from specweave.evaluation.enough import refuse_too_few
from trained_increments import add_experiment, sealed_increment


def sealed_rows(workspace, labels, task="binary"):
    """An increment of five rows a label given, the labels given being those that are sealed."""
    n = len(labels)
    rest = [labels[at % n] for at in range(4 * n)]
    order = np.random.default_rng(0).permutation(5 * n)
    cut = int(len(order) * 0.8)
    values = np.empty(5 * n, dtype=object)
    values[np.sort(order[cut:])] = labels
    values[np.sort(order[:cut])] = rest
    frame = pd.DataFrame({"a": np.arange(5 * n) % 7, "y": values})
    folder, problem = sealed_increment(workspace, frame, "y", task, positive="yes" if task == "binary" else None)
    return folder, problem


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["yes", "no"], "2 rows"),
        (["yes", "no", "no"] * 3, "9 rows"),
        (["yes"] + ["no"] * 11, "1 of one class"),
        (["no"] * 12, "0 of one class"),
    ],
)
def test_too_few_sealed_rows_are_refused(workspace, labels, said):
    folder, _ = sealed_rows(workspace, labels)
    with pytest.raises(SealedError, match=f"no look was taken.*{said}"):
        refuse_too_few(folder, seal.read_seal(folder), "binary")


@pytest.mark.parametrize(("labels", "task"), [(["yes", "no"] * 5, "binary"), (["a", "b", *["c"] * 8], "multiclass")])
def test_ten_rows_with_two_of_each_class_are_enough(workspace, labels, task):
    folder, _ = sealed_rows(workspace, labels, task)
    refuse_too_few(folder, seal.read_seal(folder), task)


def test_the_refusal_costs_no_look(workspace):
    folder, problem = sealed_rows(workspace, ["yes", "no"])
    add_experiment(folder, problem.model_copy(update={"metric": "accuracy"}), "linear", "candidate")
    with pytest.raises(SealedError):
        evaluate(folder, problem, who="test", purpose="checking", experiment="exp-001")
    assert seal.looks(folder) == []


def test_a_damaged_file_is_left_to_the_opening_which_names_it(workspace):
    folder, problem = sealed_rows(workspace, ["yes", "no"] * 6)
    add_experiment(folder, problem.model_copy(update={"metric": "accuracy"}), "linear", "candidate")
    path = folder.data / "sealed" / "test.parquet"
    path.chmod(0o600)
    path.write_bytes(b"damaged")
    with pytest.raises(SealedError, match=r"test.parquet is not the file"):
        evaluate(folder, problem, who="test", purpose="checking")
    assert seal.looks(folder) == []
