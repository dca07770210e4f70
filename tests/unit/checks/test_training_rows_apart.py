from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import increment_factory as made
from specweave.checks.conformance import CheckConformance
from specweave.checks.training_rows_apart import TrainingRowsApart
from specweave.metrics import Predictions


def trained(folder, **data):
    """A record that says it was made with the training rows of the seal, with `data` replacing what it says."""
    seal = made.sealed(folder)
    known = {"rows_sha256": seal.training.rows_sha256, "seal": seal.id}
    return made.record(folder, data={**known, **data})


def predict(path, rows):
    truth = np.array(["yes", "no"] * (len(rows) // 2))
    Predictions("binary", truth, truth, classes=("no", "yes"), positive="yes", rows=np.array(rows)).save(
        path / "predictions.parquet"
    )


class TestTrainingRowsApart(CheckConformance):
    def check(self):
        return TrainingRowsApart()

    def broken(self, root):
        folder = made.place(root)
        trained(folder, rows_sha256="0" * 64)
        return folder

    def sound(self, root):
        folder = made.place(root)
        predict(trained(folder), [1, 2, 3, 4])
        return folder

    def unknowable(self, root):
        return made.place(root)


def test_predictions_for_sealed_rows_betray_the_training(tmp_path):
    folder = made.place(tmp_path)
    predict(trained(folder), [1, 5, 10, 11])
    verdict = TrainingRowsApart().run(folder)
    assert verdict.outcome == "failed"
    assert "exp-001-lightgbm holds out-of-fold predictions for 2 sealed rows" in verdict.sentence


def test_another_seal_is_named(tmp_path):
    folder = made.place(tmp_path)
    trained(folder, seal="1" * 64)
    assert "another seal" in TrainingRowsApart().run(folder).sentence


@pytest.mark.parametrize("name", ["training.parquet", "sealed/test.parquet"])
@pytest.mark.parametrize("change", ["other rows", "no row numbers", "no parquet"])
def test_rows_moved_across_the_seal_are_found(tmp_path, name, change):
    folder = made.place(tmp_path)
    trained(folder)
    path = folder.data / name
    rows = pd.read_parquet(path)
    path.chmod(0o600)
    if change == "no parquet":
        path.write_text("gone")
    else:
        rows.set_axis(pd.Index(np.arange(len(rows)) + 1, name="row_number")).to_parquet(
            path, index=change == "other rows"
        )
    verdict = TrainingRowsApart().run(folder)
    assert verdict.outcome == "failed"
    assert f"data/{name} does not hold the rows of the seal" in verdict.sentence


def test_a_changed_split_is_found(tmp_path):
    folder = made.place(tmp_path)
    trained(folder)
    path = folder.data / "split.json"
    path.write_text(path.read_text("utf-8").replace('"strategy": "random"', '"strategy": "time"'), "utf-8")
    assert "changed after" in TrainingRowsApart().run(folder).sentence


def test_a_missing_side_is_found(tmp_path):
    folder = made.place(tmp_path)
    trained(folder)
    (folder.data / "training.parquet").unlink()
    assert "training.parquet is missing" in TrainingRowsApart().run(folder).sentence


def test_a_script_that_does_not_say_its_rows_is_a_warning(tmp_path):
    folder = made.place(tmp_path)
    trained(folder)
    made.record(folder, "mine", "script", data={})
    verdict = TrainingRowsApart().run(folder)
    assert verdict.outcome == "warned"
    assert "exp-002-mine" in verdict.sentence
