from __future__ import annotations

import pytest

from specweave.evaluation.diagnosis_result import (
    Calibration,
    Caution,
    ColumnShift,
    Diagnosis,
    FairnessMeasure,
    Recalibration,
    Slices,
    SliceTest,
    WorstFold,
)
from specweave.evaluation.diagnosis_wording import findings, shown_tests
from specweave.evaluation.result import Evaluation, FoldSpread
from specweave.evaluation.wording import plain
from specweave.metrics import Comparison, Estimate


def judged(**diagnosis):
    return Evaluation(
        increment="0001-x",
        experiment="exp-002-model",
        task="binary",
        metric="recall",
        n_test=1000,
        estimates=(Estimate(metric="recall", value=0.7, low=0.6, high=0.8, n=1000),),
        margin_wanted=0.2,
        verdict="",
        folds=FoldSpread(values=(0.9, 0.5), mean=0.7, std=0.2828, low=0.1, high=1.0),
        diagnosis=Diagnosis(**diagnosis),
    )


def told(**diagnosis):
    found = judged(**diagnosis)
    return findings(found, plain(found))


def made(column, name, metric="recall", p_holm=0.01, verdict="worse", **facts):
    known = {"n": 412, "value": 0.61, "low": 0.5, "high": 0.7, "rest": 0.74, "difference": -0.13}
    ends = {"difference_low": -0.2, "difference_high": -0.06, "p_value": p_holm / 4}
    return SliceTest(
        column=column,
        slice=f"{column} = {name}",
        metric=metric,
        p_holm=p_holm,
        verdict=verdict,
        **{**known, **ends, **facts},
    )


def sliced(*tests, worst=()):
    return Slices(metrics=("recall",), n=1000, n_tests=len(tests), n_slices=len(tests), tests=tests, worst=tuple(worst))


def test_a_worse_slice_is_told_in_one_sentence():
    (sentence,) = told(slices=sliced(made("region", "South"), worst=[0]))
    assert sentence == (
        "recall falls from 0.7400 to 0.6100 in region = South, n = 412"
        " (difference -0.2000 to -0.06000, corrected p 0.010)."
    )


def test_an_error_rises():
    (sentence,) = told(slices=sliced(made("region", "South", "rmse", value=2.0, rest=1.0), worst=[0]))
    assert sentence.startswith("rmse rises from 1.000 to 2.000")


def test_of_each_column_the_worst_slice_is_told_and_the_rest_counted():
    tests = [made("a", "1"), made("a", "2"), made("b", "1")]
    sentences = told(slices=sliced(*tests, worst=[1, 0, 2]))
    assert [sentence.partition(" in ")[2][:5] for sentence in sentences[:2]] == ["a = 2", "b = 1"]
    assert sentences[2].startswith("1 more of the tests")


def test_no_bad_slice_and_no_judged_slice_are_different_things():
    assert told(slices=sliced(made("a", "1", verdict="within noise")))[0].startswith("No slice is worse")
    none = SliceTest(column="a", slice="a = 1", metric="recall", n=3, verdict="not applicable", reason="too few")
    empty = Slices(metrics=("recall",), n=3, n_tests=0, n_slices=1, tests=(none,))
    assert told(slices=empty) == ("No slice is large enough to be judged.",)


def test_the_worst_fold_is_named_with_what_differs():
    shift = ColumnShift(column="region", shift=1.2, inside=0.9, outside=0.4, level="South")
    (sentence,) = told(
        cautions=(Caution(code="unstable-folds"),), worst_fold=WorstFold(fold=2, value=0.5, n=100, shifts=(shift,))
    )
    assert sentence.endswith(
        "The worst is fold 2 with 0.5000; different in its rows: region = South (share 0.9000 against 0.4000)."
    )


@pytest.mark.parametrize(
    ("measures", "sentence"),
    [
        (["demographic_parity_difference"], "Fairness by sex is not applicable because too few."),
        ([], None),
    ],
)
def test_fairness_that_cannot_be_worked_out_says_why(measures, sentence):
    missing = [FairnessMeasure(column="sex", measure=name, title=name, reason="too few") for name in measures]
    assert told(fairness=tuple(missing)) == (() if sentence is None else (sentence,))


def test_one_missing_measure_of_a_column_is_named():
    known = FairnessMeasure(
        column="sex", measure="a", title="Parity", difference=0.1, low=0.0, high=0.2, lowest="f", highest="m"
    )
    missing = FairnessMeasure(column="sex", measure="b", title="Opportunity", reason="too few")
    assert told(fairness=(known, missing)) == (
        "Parity 0.1000 between f and m, interval 0 to 0.2000.",
        "Opportunity by sex is not applicable because too few.",
    )


def test_the_recalibration_offered_is_told_with_both_losses():
    loss = Comparison(metric="brier", verdict="better", difference=-0.01, low=-0.02, high=-0.001, p_value=0.01, n=9)
    one = Recalibration(
        method="sigmoid", brier=loss, log_loss=loss, p_holm_brier=0.02, p_holm_log_loss=0.03, helps=True
    )
    (sentence,) = told(calibration=Calibration(n=9, recalibrations=(one,), offered="sigmoid"))
    assert "by sigmoid regression helps out of fold: Brier score -0.01000 (corrected p 0.020)" in sentence


def test_a_table_shows_the_worst_first_then_what_came_nearest():
    tests = [
        made("a", "1", p_holm=0.9, verdict="within noise"),
        made("a", "2"),
        made("a", "3", p_holm=0.2, verdict="within noise"),
        SliceTest(column="a", slice="a = 4", metric="recall", n=3, verdict="not applicable", reason="too few"),
    ]
    assert shown_tests(sliced(*tests, worst=[1]), 12) == [1, 2, 0]
    assert shown_tests(sliced(*tests, worst=[1]), 2) == [1, 2]
