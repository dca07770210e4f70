from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specweave.increments.request import parse_request, short_title
from specweave.problem import Problem

REQUESTS = [
    (
        "build a model that predicts churn from data/telco_churn.csv",
        {"data": "data/telco_churn.csv", "subject": "churn"},
    ),
    (
        "Build a fraud model from transactions.csv with 99 % precision and answers under 50 ms",
        {"data": "transactions.csv", "success": ["precision >= 0.99"], "latency_ms": 50, "metric": None},
    ),
    (
        "We need to predict house prices, RMSE below 25,000, from 'data/ames housing.csv'. Explain each prediction.",
        {
            "data": "data/ames housing.csv",
            "success": ["rmse <= 25000"],
            "metric": "rmse",
            "task": "regression",
            "explainable": True,
        },
    ),
    (
        "classify iris flowers into 3 species with accuracy above 95%",
        {"task": "multiclass", "success": ["accuracy >= 0.95"], "metric": "accuracy"},
    ),
    (
        "Predict whether a passenger survived. Target: Survived. AUC at least 0.85",
        {"task": "binary", "target": "Survived", "success": ["roc_auc >= 0.85"]},
    ),
    (
        "forecast hourly bike demand with MAE under 40",
        {"task": "regression", "success": ["mae <= 40"], "metric": "mae"},
    ),
    (
        "recall of at least 80 percent at precision 0.9",
        {"success": ["recall >= 0.8", "precision >= 0.9"], "metric": None},
    ),
    ("precision 0.9, recall 0.8", {"success": ["precision >= 0.9", "recall >= 0.8"]}),
    ("0.9 precision and 0.8 recall", {"success": ["precision >= 0.9", "recall >= 0.8"]}),
    ("balanced accuracy of at least 0.7", {"success": ["balanced_accuracy >= 0.7"]}),
    (
        "credit default, maximise average precision, latency < 20ms p95, black box is fine",
        {"metric": "average_precision", "latency_ms": 20, "explainable": False},
    ),
    (
        "Get ROC AUC >= 0.9, F1 > 0.7 and log loss under 0.3",
        {"success": ["roc_auc >= 0.9", "f1 >= 0.7", "log_loss <= 0.3"], "metric": "roc_auc"},
    ),
    ("MAPE below 10% and r2 of 0.8", {"success": ["mape <= 0.1", "r2 >= 0.8"], "metric": "mape"}),
    ("house prices, mae < 20k", {"success": ["mae <= 20000"]}),
    ("I want 90 recall", {"success": ["recall >= 0.9"]}),
    ("the model must be 95 % accurate", {"success": ["accuracy >= 0.95"]}),
    ("the model must respond in 0.2 seconds", {"latency_ms": 200}),
    ("training must finish in under 2 minutes", {"latency_ms": None}),
    ("training must take less than 30 seconds", {"latency_ms": None}),
    ("train on 30 seconds of audio, predictions within 80 milliseconds", {"latency_ms": 80}),
    ("RMSE below 10 %", {"success": [], "metric": None}),
    ("how many bikes will be rented", {"task": "regression"}),
    ("predict the price band of used cars", {"task": None}),
    ("logistic regression on titanic.csv", {"task": None, "data": "titanic.csv"}),
    ("predict `SalePrice` from train.parquet", {"target": "SalePrice", "data": "train.parquet"}),
    ('Predict the column "Churn Label" in customers.xlsx', {"target": "Churn Label", "data": "customers.xlsx"}),
    ("use events.jsonl.gz, optimise for recall", {"data": "events.jsonl.gz", "metric": "recall"}),
    ("no explanations needed", {"explainable": False}),
    (
        "Which customers will leave?",
        {
            "task": None,
            "success": [],
            "metric": None,
            "latency_ms": None,
            "target": None,
            "data": None,
            "explainable": None,
        },
    ),
    ("Kundenabwanderung vorhersagen", {"task": None, "subject": None, "success": []}),
    ("the year 2024 had 300 rows and 12 columns", {"success": [], "latency_ms": None}),
]


@pytest.mark.parametrize(("request_text", "expected"), REQUESTS, ids=[text[:40] for text, _ in REQUESTS])
def test_a_request_says_what_it_says_and_no_more(request_text, expected):
    found = parse_request(request_text)
    shown = {
        **vars(found),
        "success": [f"{c.metric} {c.comparison} {c.value:g}" for c in found.success],
    }
    assert {key: shown[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("request_text", "columns", "target"),
    [
        ("predict customer churn", ["tenure", "Churn"], "Churn"),
        ("predict whether a passenger survived", ["Age", "Survived"], "Survived"),
        ("predict the sale price of houses", ["Sale Condition", "SalePrice"], "SalePrice"),
        ("predict the churn risk", ["churn", "churn_risk"], "churn_risk"),
        ("predict sales per store", ["sales", "store"], None),
        ("predict income", ["age"], None),
        ("use age to say something", ["age"], None),
        ("predict churn. Target: left", ["churn", "left"], "left"),
    ],
)
def test_the_target_is_the_column_named_among_what_is_predicted(request_text, columns, target):
    assert parse_request(request_text, columns=columns).target == target


@pytest.mark.parametrize(
    ("request_text", "title"),
    [
        ("build a model that predicts churn from data/telco_churn.csv", "Predict churn"),
        ("Please build me an ML pipeline for sentiment.", "Sentiment"),
        ("I want to classify mails, fast", "Classify mails"),
        ("a classifier that classifies", "A classifier that classifies"),
        ("data.csv", "Data.csv"),
        ("x " * 100, ("X " + "x " * 29).strip()),
    ],
)
def test_the_title_is_the_wish_without_the_asking(request_text, title):
    assert short_title(request_text) == title


def test_the_facts_make_a_problem():
    request = "Predict churn from a.csv with 90 % recall, answers within 50 ms"
    problem = parse_request(request).problem(request)
    assert (problem.request, problem.data.location) == (request, "a.csv")
    assert (problem.success[0].metric, problem.constraints.latency_ms) == ("recall", 50)
    assert problem.constraints.explainable == Problem().constraints.explainable


@given(st.text(max_size=300))
def test_any_text_gives_facts_a_problem_accepts(request_text):
    found = parse_request(request_text)
    assert len(found.title) <= 60
    found.problem(request_text)


@pytest.mark.parametrize(
    "piece",
    ["precision of at ", "predict the ", "a.csv", "1,", "0.9 ", "no ", "target ", "how many ", "recall >= ", "`"],
)
def test_a_long_request_is_read_in_no_time(piece):
    started = time.process_time()
    parse_request((piece * 4000)[:4000])
    assert time.process_time() - started < 10
