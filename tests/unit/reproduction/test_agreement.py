"""Two records beside each other: equal, within tolerance, or not."""

from __future__ import annotations

import numpy as np
import pytest

from specweave.experiments import create_experiment
from specweave.metrics import Predictions
from specweave.reproduction.agreement import agreement, compared_predictions, outcome_of
from specweave.workspace import IncrementFolder


def classified(scores, rows=None, truth=None):
    positive = np.asarray(scores, dtype=float)
    labels = np.where(positive >= 0.5, "yes", "no")
    truth = np.array(["yes", "no"] * len(positive))[: len(positive)] if truth is None else truth
    both = np.column_stack([1 - positive, positive])
    return Predictions("binary", truth, labels, both, ("no", "yes"), "yes", rows=rows)


def compared(tmp_path, old, new, tolerance=1e-6):
    old.save(tmp_path / "old.parquet")
    new.save(tmp_path / "new.parquet")
    return compared_predictions(tmp_path / "old.parquet", tmp_path / "new.parquet", tolerance)


def test_equal_rows_in_another_order_are_equal(tmp_path):
    old = classified([0.1, 0.7, 0.4], rows=np.array([3, 5, 9]))
    found = compared(tmp_path, old, old.take(np.array([2, 0, 1])))
    assert (found.equal, found.differing, found.outcome) == (3, 0, "equal")


def test_rows_are_counted_as_equal_near_and_different(tmp_path):
    found = compared(tmp_path, classified([0.1, 0.7, 0.4, 0.45]), classified([0.1, 0.7 + 1e-9, 0.3, 0.55]))
    assert (found.equal, found.within, found.differing, found.labels_changed) == (1, 1, 2, 1)
    assert found.outcome == "differs"
    assert found.largest == pytest.approx(0.1)
    assert [one["row"] for one in found.examples] == [2, 3]


def test_a_label_that_changes_within_the_tolerance_is_a_difference(tmp_path):
    found = compared(tmp_path, classified([0.5]), classified([0.5 - 1e-9]))
    assert (found.differing, found.labels_changed) == (1, 1)


def test_values_are_measured_in_standard_deviations_of_the_truth(tmp_path):
    truth = np.array([0.0, 1e6, 2e6])
    old = Predictions("regression", truth, truth + 1)
    assert compared(tmp_path, old, Predictions("regression", truth, truth + 1.1)).outcome == "within tolerance"
    assert compared(tmp_path, old, Predictions("regression", truth, truth + 1e5)).outcome == "differs"


@pytest.mark.parametrize(
    ("new", "says"),
    [
        (classified([0.1, 0.2], rows=np.array([1, 8])), "other rows: 1 of 2"),
        (classified([0.1], rows=np.array([1])), "other rows: 1 of 2"),
        (Predictions("regression", np.zeros(2), np.zeros(2)), "another problem"),
    ],
)
def test_what_cannot_be_aligned_is_a_difference_with_the_reason(tmp_path, new, says):
    found = compared(tmp_path, classified([0.1, 0.2], rows=np.array([1, 2])), new)
    assert found.outcome == "differs"
    assert says in found.problem


def test_missing_predictions_of_the_new_run_are_a_difference(tmp_path):
    classified([0.1]).save(tmp_path / "old.parquet")
    found = compared_predictions(tmp_path / "old.parquet", tmp_path / "none.parquet", 1e-6)
    assert found.problem == "the new run stored no predictions"
    assert compared_predictions(tmp_path / "none.parquet", tmp_path / "old.parquet", 1e-6) is None


@pytest.mark.parametrize(
    ("a", "b", "outcome"),
    [
        (0.5, 0.5, "equal"),
        (None, None, "equal"),
        (0.5, 0.5 + 1e-9, "within tolerance"),
        (1e9, 1e9 + 1, "within tolerance"),
        (0.5, 0.51, "differs"),
        (0.5, None, "differs"),
    ],
)
def test_two_numbers(a, b, outcome):
    assert outcome_of(a, b, 1e-6) == outcome


def made(folder, name, value, table):
    experiment = create_experiment(folder, name, kind="script", params={"depth": 3})
    experiment.log_metrics({"auc": value, "fit_seconds": value * 7})
    experiment.log_table(table, "scores")
    experiment.finish()
    return experiment.path


def test_metrics_and_cells_of_tables_are_compared_and_times_are_not(workspace):
    folder = IncrementFolder(workspace.increments / "0001-x")
    old = made(folder, "a", 0.9, [{"x": 1.0}])
    assert agreement(old, made(folder, "b", 0.9, [{"x": 1.0}]), 1e-6).outcome == "equal"
    near = agreement(old, made(folder, "c", 0.9, [{"x": 1.0 + 1e-9}]), 1e-6)
    assert near.outcome == "within tolerance"
    assert near.passed_over == ("fit_seconds",)
    far = agreement(old, made(folder, "d", 0.9, [{"x": 1.1}]), 1e-6)
    assert {item.name: item.outcome for item in far.items} == {
        "depth": "equal",
        "auc": "equal",
        "tables/scores.csv": "differs",
    }


def test_a_record_that_holds_only_params_gives_no_outcome(workspace):
    folder = IncrementFolder(workspace.increments / "0001-x")
    paths = []
    for _ in range(2):
        experiment = create_experiment(folder, "p", kind="script", params={"a": 1})
        experiment.finish()
        paths.append(experiment.path)
    assert agreement(*paths, 1e-6).outcome is None
