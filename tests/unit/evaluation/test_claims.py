from __future__ import annotations

import pytest

from specweave.evaluation.claims import unproven_claims


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("The accuracy is 0.93 on new rows.", [("accuracy", "0.93")]),
        ("| `roc_auc` | 0.912 |", [("roc_auc", "0.912")]),
        ("F1-score: 81 %, recall 0.75", [("F1-score", "81 %"), ("recall", "0.75")]),
        ("R² = 0.81", [("R²", "0.81")]),
        ("RMSE of 12,340.5 dollars", [("RMSE", "12,340.5")]),
    ],
)
def test_a_number_said_of_a_metric_is_a_claim(text, claims):
    assert [(one.metric, one.number) for one in unproven_claims(text)] == claims


@pytest.mark.parametrize(
    "text",
    [
        "accuracy 0.93<!--ev:exp-001#/accuracy@01234567-->",
        "accuracy 0.93<!--e1-->",
        "recall ≥ 0.9 was promised",
        "precision of at least 0.99",
        "the target accuracy stands in spec.md, version 2.1",
        "We recall the meeting of 12 people.",
        "```\naccuracy 0.93\n```",
        "<!-- accuracy 0.93 -->",
        "the uplift is 0.4",
        "accuracy in fold 3",
    ],
)
def test_evidence_targets_and_code_are_none(text):
    assert unproven_claims(text) == []


def test_the_line_is_counted_through_comments_and_code():
    text = "# Title\n<!-- a\nb -->\n```\nx\n```\nrecall 0.5\n"
    assert [one.line for one in unproven_claims(text)] == [7]


def test_numbers_before_the_name_and_under_a_heading_are_claims_too():
    text = (
        "We reached 97 % accuracy.\n\n| model | ROC AUC | rows |\n|---|---|---|\n| a | 0.97 | 3.5 |\n"
        "| b | 0.9<!--ev:x#/y@0--> | 2.5 |\n\n0.5 of all\n\nat least 0.8 recall was asked for\n"
    )
    assert [str(claim) for claim in unproven_claims(text)] == [
        "line 1: accuracy 97 % is claimed without evidence",
        "line 5: ROC AUC 0.97 is claimed without evidence",
    ]
