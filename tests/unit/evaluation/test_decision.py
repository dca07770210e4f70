from __future__ import annotations

import numpy as np
import pandas as pd

from simulated_predictions import binormal, multiclass
from specweave.evaluation import documents, evaluate
from specweave.evaluation.decision import cost_figure, decision
from specweave.evidence import check_document
from specweave.problem import Costs
from specweave.visuals import save_figure
from trained_increments import add_experiment, sealed_increment

COSTS = Costs(false_positive=1, false_negative=6)


def held_out(n=600, seed=0):
    made = binormal(np.random.default_rng(seed), n, 1.2)
    object.__setattr__(made, "folds", np.arange(n) % 3)
    return made


def test_without_costs_there_is_nothing_to_say():
    assert decision(None, held_out(), held_out(seed=1), None) is None


def test_the_cheapest_threshold_of_the_out_of_fold_rows_is_worth_more_than_a_half():
    found = decision(COSTS, held_out(), held_out(seed=1), held_out(seed=1))
    assert found.cheapest.choice.threshold < 0.4
    assert found.cheapest.expected_value.value > found.value.value
    assert found.against_baseline.verdict == "within noise"
    assert found.curve.n == 600


def test_costs_that_do_not_fit_do_not_stop_an_evaluation():
    made = multiclass(np.random.default_rng(0), 50, 1.0)
    assert "need a binary problem" in decision(COSTS, None, made, None).note


def test_several_classes_have_a_value_and_no_threshold():
    made = multiclass(np.random.default_rng(0), 50, 1.0)
    found = decision(Costs(matrix={"0": {"1": 2}}), None, made, None)
    assert found.value.value <= 0
    assert found.cheapest is None
    assert found.note


def test_the_figure_is_drawn(tmp_path):
    found = decision(COSTS, held_out(), held_out(seed=1), None)
    assert save_figure(cost_figure(found, 0.5), tmp_path / "costs.png").stat().st_size > 10_000


def test_an_evaluation_reports_the_value_under_costs(workspace, monkeypatch):
    monkeypatch.setattr(documents, "make_figures", lambda predictions, target: {})
    rng = np.random.default_rng(0)
    signal, noise = rng.normal(size=(2, 600))
    churn = np.where(signal + 0.7 * rng.normal(size=600) > 0.5, "yes", "no")
    frame = pd.DataFrame({"signal": signal, "noise": noise, "churn": churn})
    folder, problem = sealed_increment(workspace, frame, "churn", "binary", positive="yes", costs=COSTS)
    add_experiment(folder, problem, "noise", "baseline", columns=["noise"])
    add_experiment(folder, problem, "linear", "candidate")
    found = evaluate(folder, problem, who="test", purpose="checking")
    assert found.decision.value.low < found.decision.value.value < found.decision.value.high
    assert any(
        "Under the costs of spec.md a row is worth −" in reason or "worth -" in reason for reason in found.reasons
    )
    report = folder.reports / "evaluation-report.md"
    assert "least cost out of fold" in report.read_text("utf-8")
    assert "costs.png" in report.read_text("utf-8")
    assert check_document(report, folder) == []
