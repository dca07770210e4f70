from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

import increment_factory as made
from specweave.checks.conformance import CheckConformance
from specweave.checks.parts_hold import PartsHold
from specweave.metrics import Predictions


def judged(folder, truth, said, task="multiclass", **changes):
    classes = tuple(np.unique(truth).tolist()) if task != "regression" else ()
    positive = classes[-1] if task == "binary" else None
    found = Predictions(task, np.array(truth), np.array(said), classes=classes, positive=positive)
    path = found.save(folder.data / "sealed-predictions-1.parquet")
    stored = {"file": "data/sealed-predictions-1.parquet", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    made.evaluation(folder, task=task, predictions=stored, **changes)
    return folder


def slices(folder, *tests):
    path = folder.reports / "evaluation.json"
    facts = json.loads(path.read_text("utf-8"))
    known = {"column": "region", "slice": "region = north", "metric": "roc_auc", "n": 90, "verdict": "worse"}
    facts["diagnosis"] = {"slices": {"tests": [{**known, **test} for test in tests]}}
    path.write_text(json.dumps(facts), "utf-8")
    return folder


class TestPartsHold(CheckConformance):
    def check(self):
        return PartsHold()

    def broken(self, root):
        return judged(made.place(root), ["a"] * 60 + ["b"] * 60 + ["c"] * 30, ["a"] * 60 + ["b"] * 90)

    def sound(self, root):
        # A class of three rows is found in none, which says nothing; and a slice is worse, but far from useless.
        folder = judged(made.place(root), ["a"] * 60 + ["b"] * 60 + ["c"] * 3, ["a"] * 60 + ["b"] * 63)
        return slices(folder, {"value": 0.84, "rest": 0.91})

    def unknowable(self, root):
        return made.place(root)


def test_the_lost_class_is_named_with_its_rows(tmp_path):
    verdict = PartsHold().run(TestPartsHold().broken(tmp_path))
    assert verdict.outcome == "failed"
    assert verdict.sentence == "class c is never found (30 sealed rows)."


def test_a_class_found_now_and_then_is_a_warning(tmp_path):
    truth, said = ["no"] * 100 + ["yes"] * 100, ["no"] * 195 + ["yes"] * 5
    verdict = PartsHold().run(judged(made.place(tmp_path), truth, said, "binary"))
    assert verdict.outcome == "warned"
    assert "class yes is found in 0.05000 of its 100 sealed rows" in verdict.sentence


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ({"value": 0.60, "rest": 0.91}, "warned"),
        ({"value": 0.60, "rest": 0.91, "verdict": "within noise"}, "passed"),
        ({"metric": "rmse", "value": 25.0, "rest": 10.0}, "warned"),
        ({"metric": "rmse", "value": 15.0, "rest": 10.0}, "passed"),
        ({"metric": "f1", "value": 0.3, "rest": 0.8}, "warned"),
        ({"metric": "someone_elses", "value": 0.1, "rest": 0.8}, "passed"),
        ({"value": None, "rest": 0.8, "verdict": "not applicable"}, "passed"),
    ],
)
def test_a_slice_collapses_when_half_the_worth_is_gone_beyond_chance(tmp_path, test, outcome):
    folder = slices(judged(made.place(tmp_path), [1.0, 2.0] * 20, [1.0, 2.0] * 20, "regression"), test)
    verdict = PartsHold().run(folder)
    assert verdict.outcome == outcome
    assert outcome == "passed" or "region = north" in verdict.sentence


def test_an_evaluation_without_predictions_or_slices_cannot_tell(tmp_path):
    folder = made.place(tmp_path)
    made.evaluation(folder)
    assert PartsHold().run(folder).outcome == "not applicable"


def test_damaged_predictions_are_left_to_the_check_that_names_them(tmp_path):
    folder = TestPartsHold().broken(tmp_path)
    (folder.data / "sealed-predictions-1.parquet").write_bytes(b"gone")
    assert PartsHold().run(folder).outcome == "not applicable"
