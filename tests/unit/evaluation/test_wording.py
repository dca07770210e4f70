from __future__ import annotations

import pytest

from specweave.evaluation import Evaluation
from specweave.evaluation.result import CriterionResult
from specweave.evaluation.wording import headline, plain, reasons
from specweave.metrics import Comparison, Estimate


def evaluation(**facts):
    return Evaluation(
        **{
            "increment": "0001-x",
            "experiment": "exp-002-forest",
            "task": "regression",
            "metric": "rmse",
            "n_test": 1200,
            "estimates": (Estimate(metric="rmse", value=8.0, low=7.5, high=8.5, n=1200),),
            "margin_wanted": 0.2,
            "verdict": "",
            **facts,
        }
    )


def compared(verdict, margin):
    return {
        "baseline": "exp-001-mean",
        "baseline_estimates": (Estimate(metric="rmse", value=10.0, low=9.0, high=11.0, n=1200),),
        "comparison": Comparison(
            metric="rmse", verdict=verdict, difference=-2.0, low=-3.0, high=-1.0, p_value=0.001, test="paired t", n=1200
        ),
        "margin": margin,
    }


@pytest.mark.parametrize(
    ("verdict", "margin", "start"),
    [
        ("better", 0.3, "Better than the best baseline:"),
        ("better", 0.1, "Better than the best baseline, but by less than the margin:"),
        ("within noise", 0.3, "Within noise of the best baseline:"),
        ("worse", -0.3, "Worse than the best baseline:"),
    ],
)
def test_the_headline_claims_no_more_than_test_and_margin_allow(verdict, margin, start):
    assert headline(evaluation(**compared(verdict, margin))).startswith(start)


def test_an_undefined_metric_or_a_missing_baseline_is_said_in_the_headline():
    undefined = Comparison(metric="rmse", verdict="not defined", n=0, undefined="there are no rows")
    assert "because there are no rows" in headline(evaluation(comparison=undefined))
    assert headline(evaluation()) == "No baseline to compare with: exp-002-forest"


def test_every_number_is_taken_from_its_place():
    places = []

    def show(pointer, form):
        places.append(pointer)
        return plain(found)(pointer, form)

    found = evaluation(**compared("better", 0.2), out_of_fold=7.9)
    text = " ".join(reasons(found, show))
    assert "rmse 8.000 (95 % interval 7.500 to 8.500) on 1,200 sealed rows." in text
    assert "removes 20.0 % of the baseline's remaining error (20 % wanted)" in text
    assert "Cross-validation said 7.900, inside the interval" in text
    assert {"/estimates/0/value", "/comparison/p_value", "/margin", "/out_of_fold"} <= set(places)


def test_a_model_that_adds_error_is_not_said_to_remove_some():
    text = " ".join(reasons(found := evaluation(**compared("worse", -0.3)), plain(found)))
    assert "adds error" in text
    assert "removes" not in text


def test_a_precision_is_told_with_the_recall_it_was_bought_with():
    estimates = tuple(
        Estimate(metric=name, value=value, n=3000) for name, value in (("precision", 1.0), ("recall", 0.0216))
    )
    criteria = tuple(
        CriterionResult(metric=metric, comparison=">=", wanted=wanted, value=value, met=met, certain=True)
        for metric, wanted, value, met in (("precision", 0.99, 1.0, True), ("recall", 0.5, 0.0216, False))
    )
    found = evaluation(
        task="binary",
        metric="precision",
        estimates=estimates,
        criteria=criteria,
        positive="1",
        n_test=3000,
        n_positive=185,
        n_flagged=4,
    )
    text = " ".join(reasons(found, plain(found)))
    assert "is met with 1.000, at recall 0.02160 with 4 of 3,000 rows predicted as 1" in text
    assert "is not met with 0.02160, at precision 1.000 with 4 of 3,000 rows predicted as 1" in text
