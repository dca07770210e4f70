from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulated_predictions import binary_from
from specweave.evaluation.contenders import contenders, fold_spread
from specweave.experiments import ExperimentSummary
from specweave.metrics import fold_interval, holm, score


def record(folder: Path, name, kind, predictions=None, **metrics):
    path = folder / name
    path.mkdir()
    if predictions is not None:
        predictions.save(path / "predictions.parquet")
        metrics.setdefault("roc_auc", score("roc_auc", predictions))
    return ExperimentSummary(name, name, kind, "finished", {}, metrics, {}, path)


def predictions(noise, seed, n=400):
    signal = np.random.default_rng(0).normal(size=n)
    positive = signal + np.random.default_rng(1).normal(size=n) > 0.5
    scores = 1 / (1 + np.exp(-(signal + noise * np.random.default_rng(seed).normal(size=n))))
    return binary_from(scores, positive, rows=np.arange(n))


@pytest.fixture
def records(tmp_path):
    baseline = record(tmp_path, "exp-001-weak", "baseline", predictions(3, seed=2))
    others = [record(tmp_path, f"exp-00{i}-same", "candidate", predictions(3, seed=i)) for i in (3, 4, 5)]
    return [baseline, *others, record(tmp_path, "exp-006-strong", "candidate", predictions(0.1, seed=6))]


def test_the_list_is_ordered_and_names_what_is_better_than_the_baseline(records):
    found = contenders(records, records[0], "roc_auc")
    assert [one.value for one in found] == sorted((one.value for one in found), reverse=True)
    assert {one.experiment: one.verdict for one in found if one.verdict == "better"} == {"exp-006-strong": "better"}
    assert next(one for one in found if one.kind == "baseline").note == "the best baseline"


def test_p_values_are_corrected_for_the_number_of_candidates(records):
    tested = [one for one in contenders(records, records[0], "roc_auc") if one.comparison]
    assert len(tested) == 4
    assert [one.p_holm for one in tested] == pytest.approx(holm(one.comparison.p_value for one in tested))


def test_errors_are_ordered_the_other_way_round(records):
    valued = [
        ExperimentSummary(r.id, r.name, r.kind, r.status, {}, {"log_loss": float(i)}, {}, r.path)
        for i, r in enumerate(records)
    ]
    assert [one.value for one in contenders(valued, None, "log_loss")] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_script_without_predictions_or_with_other_rows_is_listed_but_not_compared(records, tmp_path):
    script = record(tmp_path, "exp-007-script", "script", roc_auc=0.99)
    short = record(tmp_path, "exp-008-half", "script", predictions(0.1, seed=7).take(np.arange(200)))
    notes = {one.experiment: one.note for one in contenders([*records, script, short], records[0], "roc_auc")}
    assert notes["exp-007-script"] == "no out-of-fold predictions to compare"
    assert notes["exp-008-half"].startswith("not comparable: The two models predicted different rows")


def test_fold_values_are_read_in_their_order_and_undefined_ones_left_out(tmp_path):
    values = {f"fold_{i}": i / 100 for i in range(1, 12)} | {"fold_12": None, "fold_count": 3.0}
    found = fold_spread(record(tmp_path, "exp-001-a", "candidate", **values), None, n_train=1100, metric="rmse")
    assert found.values == tuple(i / 100 for i in range(1, 12))
    assert (found.low, found.high) == pytest.approx(fold_interval(found.values, 1000, 100))
    assert fold_spread(record(tmp_path, "exp-002-b", "candidate", fold_1=0.5), None, n_train=10, metric="rmse") is None
