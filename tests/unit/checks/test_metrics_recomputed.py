from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import increment_factory as made
from specweave.checks.conformance import CheckConformance
from specweave.checks.metrics_recomputed import MetricsRecomputed
from specweave.data import seal, witness
from specweave.experiments.yaml_form import dump
from specweave.metrics import METRICS, Predictions, compare, estimates, evaluator, margin, score
from specweave.workspace import write_json


def predictions(seed=0, n=60, shift=1.5):
    rng = np.random.default_rng(seed)
    truth = np.where(rng.random(n) < 0.5, "yes", "no")
    positive = 1 / (1 + np.exp(-(np.where(truth == "yes", shift, -shift) + rng.normal(0, 2, n))))
    scores = np.column_stack([1 - positive, positive])
    said = np.where(positive >= 0.5, "yes", "no")
    return Predictions("binary", truth, said, scores, ("no", "yes"), "yes", np.arange(n), np.arange(n) % 3)


def recorded(folder, kind="candidate", **changes):
    """A record whose metrics follow from its predictions, with `changes` to the metrics."""
    found = predictions()
    values = {name: score(name, found) for name in ("roc_auc", "f1", "log_loss")}
    values |= {f"fold_{k + 1}": score("roc_auc", found.take(np.flatnonzero(found.folds == k))) for k in range(3)}
    decision = {"decision": {"metric": "roc_auc"}}
    kept = evaluator(["roc_auc"])
    own = {"evaluator": kept} if kind == "candidate" else {}
    path = made.record(folder, kind=kind, metrics={**values, **changes}, training=decision, **own)
    found.save(path / "predictions.parquet")
    return path


def judged(folder):
    """An evaluation whose numbers follow from predictions stored beside it."""
    made.sealed(folder)
    look = made.look(folder)
    mine, theirs = predictions(1, shift=3.0), predictions(1, shift=0.5)
    facts = {}
    for key, one, name in (("predictions", mine, "mine"), ("baseline_predictions", theirs, "theirs")):
        path = one.save(folder.data / f"{name}.parquet")
        facts[key] = {"file": f"data/{name}.parquet", "sha256": seal.hashlib.sha256(path.read_bytes()).hexdigest()}
    ours, others = (score("roc_auc", one) for one in (mine, theirs))
    made.evaluation(
        folder,
        estimates=estimates(["roc_auc", "f1"], mine, n_resamples=50),
        baseline_estimates=estimates(["roc_auc", "f1"], theirs, n_resamples=50),
        comparison=compare("roc_auc", mine, theirs, n_resamples=50),
        margin=margin("roc_auc", ours, others),
        look=look.n,
        data={
            "target": "churn", "strategy": "random", "reason": "", "group": None, "time": None, "n_train": 80, "n_test": 20,
            "fingerprint": "f", "seal": seal.read_seal(folder).id,
        },
        **facts,
    )  # fmt: skip
    return folder


def edit(folder, change):
    path = folder.reports / "evaluation.json"
    facts = json.loads(path.read_text("utf-8"))
    change(facts)
    path.write_text(json.dumps(facts), "utf-8")


class TestMetricsRecomputed(CheckConformance):
    def check(self):
        return MetricsRecomputed()

    def broken(self, root):
        folder = made.place(root)
        recorded(folder, roc_auc=0.97)
        return folder

    def sound(self, root):
        # No metric of a user's own name is known here, and a fold of one class has no value: both look wrong and are not.
        folder = judged(made.place(root))
        recorded(folder, my_score=0.123)
        return folder

    def unknowable(self, root):
        folder = made.place(root)
        made.record(folder)
        return folder


def test_both_values_are_told(tmp_path):
    folder = made.place(tmp_path)
    recorded(folder, f1=0.99)
    verdict = MetricsRecomputed().run(folder)
    assert "exp-001-lightgbm: f1 is recorded as 0.9900 and its predictions give 0.7" in verdict.sentence


def test_a_small_edit_shows_enough_digits(tmp_path):
    folder = made.place(tmp_path)
    recorded(folder, roc_auc=score("roc_auc", predictions()) + 1e-6)
    sentence = MetricsRecomputed().run(folder).sentence
    assert len({word for word in sentence.split() if word.startswith("0.")}) == 2


def test_a_fold_value_made_steadier_is_found(tmp_path):
    folder = made.place(tmp_path)
    recorded(folder, fold_2=0.9)
    assert "fold_2" in MetricsRecomputed().run(folder).sentence


def test_swapped_predictions_are_found(tmp_path):
    folder = made.place(tmp_path)
    predictions(5).save(recorded(folder) / "predictions.parquet")
    assert MetricsRecomputed().run(folder).outcome == "failed"


def test_a_script_that_measured_other_rows_is_a_warning(tmp_path):
    folder = made.place(tmp_path)
    recorded(folder, kind="script", roc_auc=0.97)
    assert MetricsRecomputed().run(folder).outcome == "warned"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda facts: facts["estimates"][0].update(value=0.99), "roc_auc is recorded as 0.99"),
        (lambda facts: facts["baseline_estimates"][0].update(value=0.1), "the baseline's roc_auc is recorded as 0.1"),
        (lambda facts: facts.update(margin=0.9), "the margin is recorded as 0.9"),
        (lambda facts: facts["comparison"].update(difference=0.5), "the difference to the baseline"),
    ],
)
def test_an_edited_evaluation_is_found(tmp_path, change, named):
    folder = judged(made.place(tmp_path))
    edit(folder, change)
    verdict = MetricsRecomputed().run(folder)
    assert verdict.outcome == "failed"
    assert named in verdict.sentence


def test_any_other_edit_is_known_by_the_hash_outside_the_increment(tmp_path):
    folder = judged(made.place(tmp_path))
    facts = json.loads((folder.reports / "evaluation.json").read_text("utf-8"))
    witness.testify_evaluation(folder, seal=facts["data"]["seal"], look=1, content=facts, documents=[])
    kept = write_json(folder.reports / "evaluations/look-1.json", facts)
    assert MetricsRecomputed().run(folder).outcome == "passed"
    kept.unlink()
    assert "reports/evaluations/look-1.json is gone, which look 1 wrote" in MetricsRecomputed().run(folder).sentence
    write_json(kept, {**facts, "n_test": 5})
    assert "look-1.json: its facts were edited" in MetricsRecomputed().run(folder).sentence
    write_json(kept, facts)
    edit(folder, lambda facts: facts["comparison"].update(verdict="worse"))
    assert "edited after look 1" in MetricsRecomputed().run(folder).sentence


def test_predictions_replaced_after_the_evaluation_are_found(tmp_path):
    folder = judged(made.place(tmp_path))
    predictions(9).save(folder.data / "mine.parquet")
    assert "data/mine.parquet was changed after the evaluation" in MetricsRecomputed().run(folder).sentence


def test_rows_left_out_of_a_copy_are_no_defect(tmp_path):
    folder = judged(made.place(tmp_path))
    (folder.data / "mine.parquet").unlink()
    assert MetricsRecomputed().run(folder).outcome == "passed"


def test_a_metric_that_means_something_else_now_is_named(tmp_path, monkeypatch):
    folder = made.place(tmp_path)
    recorded(folder)
    monkeypatch.setitem(METRICS, "roc_auc", replace(METRICS["roc_auc"], prepare=METRICS["average_precision"].prepare))
    sentence = MetricsRecomputed().run(folder).sentence
    assert "measured with another roc_auc than today's" in sentence


def test_predictions_that_cannot_be_read_are_named(tmp_path):
    folder = made.place(tmp_path)
    (recorded(folder) / "predictions.parquet").write_bytes(b"gone")
    assert "cannot be read" in MetricsRecomputed().run(folder).sentence


def test_a_record_of_an_earlier_version_has_no_fingerprint_and_is_judged_by_its_values(tmp_path):
    folder = made.place(tmp_path)
    path = recorded(folder)
    facts = {"name": "lightgbm", "kind": "candidate", "status": "finished"}
    (path / "metadata.yaml").write_text(dump(facts), "utf-8")
    assert MetricsRecomputed().run(folder).outcome == "passed"
