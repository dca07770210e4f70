from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from simulated_predictions import binary_from
from specweave.data import seal
from specweave.evaluation import documents, evaluate
from specweave.evaluation.diagnosing import diagnose, sensitive_columns
from specweave.evidence import check_document
from specweave.experiments import create_experiment, witnessed
from specweave.experiments.record import read_record
from specweave.problem import Problem
from trained_increments import add_experiment, sealed_increment


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    """Figures take most of an evaluation's time and are looked at in other tests."""
    monkeypatch.setattr(documents, "make_figures", lambda predictions, target: {})
    monkeypatch.setattr(documents, "diagnosis_figures", lambda diagnosis: {})


def table(n=3000, seed=0):
    """A target that follows the signal everywhere but in the South."""
    rng = np.random.default_rng(seed)
    region = rng.choice(["North", "South", "East"], n)
    signal = rng.normal(size=n)
    strength = np.where(region == "South", 0.2, 2.5)
    return pd.DataFrame(
        {
            "signal": signal,
            "noise": rng.normal(size=n),
            "region": region,
            "sex": rng.choice(["f", "m"], n),
            "churn": np.where(strength * signal + rng.normal(size=n) > 0.3, "yes", "no"),
        }
    )


def trained(workspace, *, baseline=True, **problem):
    folder, problem = sealed_increment(workspace, table(), "churn", "binary", positive="yes", **problem)
    if baseline:
        add_experiment(folder, problem, "noise", "baseline", columns=["noise"])
    add_experiment(folder, problem, "linear", "candidate", columns=["signal"])
    return folder, problem


def look(folder, problem, **facts):
    return evaluate(folder, problem, who="test", purpose="checking", **facts)


def finished_anew(folder):
    """The record as it is now, as if its run had ended with it."""
    record = read_record(folder.experiments / "exp-002-linear")
    witnessed.testify_finished(record.path, record.metadata)


def codes(found):
    return [one.code for one in found.diagnosis.cautions]


def test_a_planted_bad_slice_stands_in_words_and_numbers_in_every_document(workspace):
    folder, problem = trained(workspace)
    found = look(folder, problem, sensitive=["sex"])
    sentence = next(one for one in found.diagnosis.findings if "region = South" in one)
    assert sentence.startswith(("roc_auc falls from", "recall falls from", "precision falls from"))
    assert "n = " in sentence
    stored = json.loads((folder.reports / "evaluation.json").read_text("utf-8"))["diagnosis"]
    worst = [stored["slices"]["tests"][at] for at in stored["slices"]["worst"]]
    assert "region = South" in {one["slice"] for one in worst}
    assert {one["verdict"] for one in worst} == {"worse"}
    assert {one["measure"] for one in stored["fairness"]} >= {"demographic_parity_difference"}
    for name in ("evaluation-report.md", "evaluation-report.html"):
        text = (folder.reports / name).read_text("utf-8")
        assert check_document(folder.reports / name, folder) == []
        assert text.index("What stands out") < text.index("Metrics on the sealed test set")
        assert "Demographic parity difference" in text
    assert codes(found) == []


def test_no_sealed_row_is_shown(workspace):
    folder, problem = trained(workspace)
    look(folder, problem)
    training = set(seal.training_rows(folder).index)
    hardest = pd.read_csv(folder.reports / "hardest-rows.csv")
    assert set(hardest["row"]) <= training
    mistakes = json.loads((folder.reports / "evaluation.json").read_text("utf-8"))["diagnosis"]["errors"]
    assert {one["row"] for one in mistakes["confident_mistakes"]} <= training
    assert mistakes["hardest_file"] == "reports/hardest-rows.csv"


def test_without_a_baseline_there_is_a_caution(workspace):
    folder, problem = trained(workspace, baseline=False)
    found = look(folder, problem)
    assert codes(found) == ["no-baseline"]
    assert found.diagnosis.findings[0].startswith("Caution: without a baseline")
    assert found.diagnosis.power.against == "a fixed value"


def test_less_than_the_margin_is_a_caution(workspace):
    folder, problem = trained(workspace, margin=0.99)
    found = look(folder, problem)
    assert codes(found) == ["below-margin"]
    assert "99.0 % was wanted" in found.diagnosis.findings[0]


def test_a_single_split_is_a_caution(workspace):
    folder, problem = trained(workspace)
    metrics = folder.experiments / "exp-002-linear" / "metrics.json"
    kept = {name: value for name, value in json.loads(metrics.read_text("utf-8")).items() if "fold_" not in name}
    metrics.write_text(json.dumps(kept), "utf-8")
    finished_anew(folder)
    found = look(folder, problem)
    assert "single-split" in codes(found)
    assert any("a single split cannot show" in one for one in found.diagnosis.findings)


def test_unstable_folds_are_a_caution_that_names_the_worst(workspace):
    folder, problem = trained(workspace)
    metrics = folder.experiments / "exp-002-linear" / "metrics.json"
    facts = json.loads(metrics.read_text("utf-8")) | {"fold_2": 0.3}
    metrics.write_text(json.dumps(facts), "utf-8")
    finished_anew(folder)
    found = look(folder, problem)
    assert codes(found) == ["unstable-folds"]
    assert found.diagnosis.worst_fold.fold == 2
    assert "The worst is fold 2 with 0.3000; no column of its rows differs" in found.diagnosis.findings[0]


def test_an_experiment_without_out_of_fold_predictions_says_what_could_not_be_done(workspace):
    folder, problem = trained(workspace)
    (folder.experiments / "exp-002-linear" / "predictions.parquet").unlink()
    finished_anew(folder)
    found = look(folder, problem, experiment="exp-002")
    assert "no out-of-fold predictions" in found.diagnosis.errors.reason
    assert "no out-of-fold predictions" in found.diagnosis.calibration.no_recalibration
    assert not (folder.reports / "hardest-rows.csv").exists()


@pytest.mark.parametrize(("given", "named"), [(None, ()), ("sex", ("sex",)), (["sex", "race"], ("sex", "race"))])
def test_sensitive_columns_come_from_the_problem(given, named):
    assert sensitive_columns(Problem() if given is None else Problem(sensitive=given)) == named


def test_a_sensitive_column_that_models_may_not_see_is_still_looked_at():
    rng = np.random.default_rng(0)
    frame = table(1000)
    predictions = binary_from(rng.random(1000), rng.random(1000) < 0.5)
    found = diagnose("roc_auc", predictions, frame, sensitive=["sex"], skip=["sex", "region"], target="churn")
    assert {one.column for one in found.fairness} == {"sex"}
    assert {one.column for one in found.slices.tests} == {"signal", "noise", "sex"}
    assert found.errors is None


def test_a_name_with_markup_cannot_break_the_page(workspace):
    frame = table().rename(columns={"region": "<img src=x>|a"})
    folder, problem = sealed_increment(workspace, frame, "churn", "binary", positive="yes")
    add_experiment(folder, problem, "linear", "candidate", columns=["signal"])
    look(folder, problem)
    assert "<img src=x>" not in (folder.reports / "evaluation-report.html").read_text("utf-8")
    for line in (folder.reports / "evaluation-report.md").read_text("utf-8").splitlines():
        if line.startswith("| <img"):
            assert "\\|a" in line


def test_an_experiment_name_is_recorded(workspace):
    folder, problem = trained(workspace)
    create_experiment(folder, "unfinished", kind="candidate")
    assert look(folder, problem).experiment == "exp-002-linear"
