from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import increment_factory as made
from specweave.data import seal
from specweave.errors import SealedError
from specweave.evaluation.rows_apart import defect_of, knows_its_rows, refuse_sealed_training
from specweave.experiments import open_experiment
from specweave.metrics import Predictions


@pytest.fixture
def folder(workspace):
    found = made.increment(workspace)
    made.sealed(found)
    return found


def rows(numbers):
    numbers = np.asarray(numbers)
    return pd.DataFrame({"age": numbers, "income": numbers * 10, "churn": np.where(numbers % 3 == 0, "yes", "no")})


def recorded(folder, frame, **data):
    experiment = open_experiment(folder, made.record(folder, "mine", "script", data=data).name)
    if frame is not None:
        experiment.log_training_rows(frame)
    return experiment.summary()


def test_training_rows_alone_are_fine(folder):
    record = recorded(folder, seal.training_rows(folder))
    assert defect_of(folder, record, seal.read_seal(folder)) is None
    assert knows_its_rows(record)
    refuse_sealed_training(folder, record, seal.read_seal(folder))


def test_a_script_that_trained_on_everything_is_refused_and_costs_no_look(folder):
    record = recorded(folder, rows(range(made.ROWS)))
    with pytest.raises(SealedError, match="of which 20 are sealed rows") as caught:
        refuse_sealed_training(folder, record, seal.read_seal(folder))
    assert "run_experiment" in caught.value.next_step
    assert seal.looks(folder) == []


def test_a_single_sealed_row_is_found(folder):
    frame = pd.concat([seal.training_rows(folder), rows([5])])
    assert "of which 1 are sealed" in defect_of(folder, recorded(folder, frame), seal.read_seal(folder))


def test_columns_the_script_made_are_not_compared(folder):
    frame = rows(range(made.ROWS)).assign(ratio=1.5)
    assert defect_of(folder, recorded(folder, frame), seal.read_seal(folder)) is None


def test_a_subset_of_the_columns_is_enough(folder):
    frame = rows(range(made.ROWS))[["income"]]
    assert "20 are sealed" in defect_of(folder, recorded(folder, frame), seal.read_seal(folder))


def test_other_rows_by_number_and_another_seal_are_refused(folder):
    found = seal.read_seal(folder)
    assert "other rows" in defect_of(folder, recorded(folder, None, rows_sha256="0"), found)
    assert "another seal" in defect_of(folder, recorded(folder, None, seal="0"), found)


def test_predictions_for_sealed_rows_betray_the_model(folder):
    record = recorded(folder, None)
    assert not knows_its_rows(record)
    truth = np.array(["yes", "no", "no"])
    kept = Predictions("binary", truth, truth, classes=("no", "yes"), positive="yes", rows=np.array([1, 5, 10]))
    kept.save(record.path / "predictions.parquet")
    assert "predictions for 2 sealed rows" in defect_of(folder, record, seal.read_seal(folder))
