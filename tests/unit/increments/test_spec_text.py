from __future__ import annotations

import re

import pytest

import increment_factory as made
from specweave.increments import create_increment
from specweave.increments.spec_text import spec_parts
from specweave.problem import Constraints, Criterion, Problem, SplitPolicy


def parts(workspace, rows=None, **changes):
    profile = made.profile(workspace, rows) if rows else None
    return spec_parts("0001-churn", made.problem(**changes), profile)


def test_what_is_not_known_names_the_call_that_finds_it():
    found = spec_parts("0001-x", Problem(request="do something"), None)
    for name in ("problem-type", "input", "data-requirements"):
        assert "Not known yet" in found[name]
        assert 'profile_data(increment="0001-x", data="…"' in found[name]
    assert 'run_experiment(increment="0001-x")' in found["split"]
    assert "`ml.success`" in found["metric"]


def test_the_profile_fills_input_and_requirements(workspace):
    rows = [
        {
            "id": f"a{n:04d}",
            "age": n % 70 if n % 4 else None,
            "city": "x" if n % 2 else "y",
            "churn": "yes" if n % 3 else "no",
        }
        for n in range(120)
    ]
    found = parts(workspace, rows)
    assert "120 rows × 4 columns. Models see 2 of them" in found["input"]
    assert "- `id`: an identifier" in found["input"]
    assert "1 used column (`age` 25.0 %)" in found["data-requirements"]
    assert "`yes` 66.7 %, `no` 33.3 %" in found["problem-type"]


def test_excluded_columns_stand_with_their_reason(workspace):
    rows = [{"age": n % 31, "tax": n * 2, "churn": "yes" if n % 3 else "no"} for n in range(60)]
    found = parts(workspace, rows, excluded=[{"column": "tax", "reason": "known only afterwards"}])
    assert "- `tax`: known only afterwards" in found["input"]
    assert "Models see 1 of them" in found["input"]


@pytest.mark.parametrize(
    ("changes", "part", "sentence"),
    [
        ({"task": "regression", "target": "price"}, "output", "one number, in the unit of `price`"),
        ({"task": "multiclass", "target": "kind"}, "output", "a probability for every class of `kind`"),
        ({"task": "binary"}, "output", "the probability of `yes`"),
        ({"task": "binary", "positive_label": None}, "output", "the probability of the rarer class"),
        ({"metric": None}, "metric", "not settled yet"),
        ({"success": [Criterion(metric="precision", value=0.99)]}, "metric", "`precision` ≥ 0.99."),
        ({"success": [Criterion(metric="rmse", comparison="<=", value=25_000)]}, "metric", "`rmse` ≤ 25,000."),
        ({"constraints": Constraints(latency_ms=50)}, "latency", "at most 50 ms (95th percentile)."),
        ({"constraints": Constraints()}, "latency", "100 ms (95th percentile), the default"),
        ({"constraints": Constraints(explainable=False)}, "explainability", "Not wanted"),
        (
            {"split": SplitPolicy(strategy="time", time="day", reason="Later is harder.")},
            "split",
            "the latest part by `day`. Later is harder.",
        ),
        (
            {"split": SplitPolicy(strategy="group", group="patient")},
            "split",
            "rows with equal `patient` stay on one side",
        ),
        ({"target": None, "task": None}, "problem-type", 'profile_data(increment="0001-churn", target="…")'),
        ({"task": None}, "problem-type", "is read from its values by `run_experiment"),
    ],
)
def test_each_part_says_what_the_problem_says(workspace, changes, part, sentence):
    assert sentence in parts(workspace, **changes)[part]


def test_two_requests_do_not_read_alike(workspace):
    first = create_increment(workspace, "predict churn from a.csv with 90 % recall").spec.read_text("utf-8")
    second = create_increment(workspace, "estimate house prices, MAE under 20k").spec.read_text("utf-8")
    assert len(set(re.findall(r".+", second)) - set(re.findall(r".+", first))) > 15
