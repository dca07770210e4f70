import numpy as np

from specweave.metrics import Predictions
from specweave.training.fold_store import FoldStore, FoldTimes

FOUND = Predictions("regression", np.arange(3.0), np.arange(3.0) + 1, rows=np.arange(3))
TIMES = FoldTimes(1.5, 0.25)


def test_a_saved_fold_comes_back(tmp_path):
    FoldStore(tmp_path, "a").save(2, FOUND, TIMES)
    predictions, times = FoldStore(tmp_path, "a").load(2)
    assert np.array_equal(predictions.labels, FOUND.labels)
    assert times == TIMES
    assert (tmp_path / "folds" / "fold-3.json").is_file()


def test_a_fold_of_another_setup_is_none(tmp_path):
    FoldStore(tmp_path, "a").save(0, FOUND, TIMES)
    assert FoldStore(tmp_path, "b").load(0) is None
    assert FoldStore(tmp_path, "a").load(1) is None


def test_a_fold_without_its_facts_is_unfinished(tmp_path, monkeypatch):
    monkeypatch.setattr("specweave.training.fold_store.write_json", lambda *_: None)
    FoldStore(tmp_path, "a").save(0, FOUND, TIMES)
    assert FoldStore(tmp_path, "a").load(0) is None


def test_clearing_twice_does_no_harm(tmp_path):
    store = FoldStore(tmp_path, "a")
    store.save(0, FOUND, TIMES)
    store.clear()
    store.clear()
    assert list(tmp_path.iterdir()) == []
