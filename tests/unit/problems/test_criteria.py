import pytest

from specweave.errors import ProblemError
from specweave.problem import Criterion
from specweave.problems import check_criteria


@pytest.mark.parametrize(
    ("metric", "value", "said"),
    [
        ("precision", 7, "numbers from 0 to 1.*precision >= 0.07"),
        ("precision", 99, "write precision >= 0.99 for 99 %"),
        ("recall", -0.1, "numbers from 0 to 1"),
        ("mcc", -2, "numbers from -1 to 1"),
        ("r2", 1.5, "numbers up to 1"),
        ("rmse", -1, "numbers from 0"),
        ("rmse", float("inf"), "numbers from 0"),
        ("roc_auc", float("nan"), "cannot be nan"),
        ("precison", 0.9, "did you mean precision"),
    ],
)
def test_what_no_model_can_be_judged_by_is_refused(metric, value, said):
    with pytest.raises(ProblemError, match=said):
        check_criteria([Criterion(metric="roc_auc", value=0.5), Criterion(metric=metric, value=value)])


@pytest.mark.parametrize(("metric", "value"), [("precision", 1), ("mcc", -0.5), ("rmse", 1e9), ("r2", -3)])
def test_the_ends_of_a_metric_and_all_between_may_be_asked_for(metric, value):
    check_criteria([Criterion(metric=metric, value=value)])
