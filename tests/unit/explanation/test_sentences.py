from __future__ import annotations

import pytest

from specweave.explanation.cited import plain
from specweave.explanation.local_facts import Change, Counterfactual, Counterfactuals, LocalExplanation, Share
from specweave.explanation.sentences import sentence, signed, with_changes


def row(**changes):
    facts = {
        "row": 17,
        "label": "row 17",
        "why": "asked for",
        "score": 0.27,
        "answer": "no",
        "explained": "yes",
        "base": 0.1,
        "explained_score": -0.99,
        "shares": (
            Share(column="income", value="21,000", amount=-0.71),
            Share(column="late payments", value="3", amount=-0.52),
            Share(column="job", value="full", amount=0.2),
            Share(column="age", value="40", amount=-0.06),
        ),
        "counterfactuals": Counterfactuals(
            wanted="yes",
            allowed=("late payments",),
            found=(
                Counterfactual(
                    changes=(Change(column="late payments", before="3", after="0"),),
                    before=0.27,
                    after=0.62,
                    answer="yes",
                    distance=2.0,
                    plausibility=0.5,
                ),
            ),
        ),
    }
    return LocalExplanation(**{**facts, **changes})


def said(one, task="binary", output="probability of granted = yes", unit="in log-odds"):
    show = plain({"rows": [one.model_dump(mode="json")]})
    return sentence(one, "/rows/0", show, output=output, task=task, unit=unit)


def test_a_binary_answer_can_be_read_out():
    assert said(row()) == (
        "Answered no (probability of granted = yes is 0.2700), mainly because of income 21,000 (−0.71 in log-odds) and "
        "late payments 3 (−0.52), although job full (+0.20) speaks against it; the same row with late payments 0 instead "
        "of 3 would be answered yes (probability of granted = yes 0.6200)."
    )


def test_reasons_for_the_positive_class_are_those_that_raise_it():
    text = said(row(answer="yes", explained_score=1.2, counterfactuals=None))
    assert "because of job full (+0.20 in log-odds), although income 21,000 (−0.71) speaks against it." in text


def test_an_answer_that_the_columns_speak_against_is_said_to_be_the_average_one():
    text = said(row(explained_score=0.3, counterfactuals=None, shares=(row().shares[2], row().shares[3])))
    assert text == (
        "Answered no (probability of granted = yes is 0.2700), as an average row is, although job full (+0.20 in log-odds) "
        "speaks against it."
    )


def test_a_regression_names_what_moves_it_away_from_the_average():
    one = row(score=-990.0, base=100.0, explained_score=-990.0, explained=None)
    text = said(one, task="regression", output="price", unit="")
    assert text.startswith(
        "price is predicted as -990.0 (100.0 on average), mainly because of income 21,000 (−0.71) and"
    )
    assert "would be predicted as 0.6200" in text


def test_several_classes_speak_of_the_answered_one():
    one = row(answer="mid", explained="mid")
    assert said(one, task="multiclass").startswith("Answered mid (probability 0.2700), mainly because of job full")


def test_without_a_reason_and_without_a_change_the_sentence_still_ends():
    one = row(shares=(Share(column="income", value="1", amount=0.0),), counterfactuals=None)
    assert said(one) == "Answered no (probability of granted = yes is 0.2700)."


@pytest.mark.parametrize(("value", "text"), [(-0.314, "−0.31"), (0.0, "+0"), (1234.5, "+1,234"), (99.0, "+99")])
def test_contributions_carry_their_sign(value, text):
    assert signed(value) == text


def test_all_changes_are_told():
    one = row().counterfactuals.found[0]
    both = one.model_copy(update={"changes": (*one.changes, Change(column="income", before="1", after="2"))})
    assert with_changes(both) == "with late payments 0 instead of 3 and income 2 instead of 1"


def test_a_prediction_far_from_zero_keeps_the_digits_that_tell_it_from_the_average():
    one = row(score=999_842_317.0, base=1_000_000_417.0, explained_score=999_842_317.0, explained=None)
    text = said(one, task="regression", output="price", unit="")
    assert text.startswith("price is predicted as 999,842,000 (1,000,000,000 on average)")
