from __future__ import annotations

import pytest

import increment_factory as made
from specweave.checks import CheckResult
from specweave.increments.criteria import WAYS, acceptance_criteria, criterion_text, tick_verified
from specweave.problem import Constraints, Criterion, Problem


def results(**verdicts):
    return [
        CheckResult(code=code, title="t", severity="error", verdict=verdict, sentence="s")
        for code, verdict in verdicts.items()
    ]


def test_criteria_follow_the_problem():
    ids = [name for name, _ in acceptance_criteria(Problem())]
    assert ids == [f"AC-US1-{n:02d}" for n in range(1, 8)]
    strict = Problem(margin=0.5, look_budget=1, folds=10, success=[Criterion(metric="f1", value=0.7)])
    texts = dict(acceptance_criteria(strict))
    assert "a gain under 50 % of the baseline's remaining error is reported as a warning" in texts["AC-US1-02"]
    assert "10 folds" in texts["AC-US1-03"]
    assert "no more than once" in texts["AC-US1-05"]
    assert texts["AC-US1-08"] == "On the sealed test set: `f1` ≥ 0.7."


def test_a_criterion_keeps_its_id_when_another_goes():
    plain = dict(acceptance_criteria(Problem(success=[Criterion(metric="f1", value=0.7)])))
    opaque = dict(
        acceptance_criteria(
            Problem(success=[Criterion(metric="f1", value=0.7)], constraints=Constraints(explainable=False))
        )
    )
    assert opaque == {name: text for name, text in plain.items() if name != "AC-US1-07"}


def test_a_criterion_is_ticked_when_all_its_checks_have_passed(workspace):
    folder = made.increment(workspace)
    before = folder.spec.read_text("utf-8")
    found = results(ML002="passed", ML003="failed", ML004="passed", ML007="muted", ML009="not applicable")
    assert tick_verified(folder, found) is True
    assert folder.spec.read_text("utf-8") == before.replace("[ ] **AC-US1-03**", "[x] **AC-US1-03**")


def test_a_tick_is_never_taken_back(workspace):
    folder = made.increment(workspace)
    tick_verified(folder, results(ML004="passed"))
    assert tick_verified(folder, results(ML004="failed")) is False
    assert "[x] **AC-US1-03**" in folder.spec.read_text("utf-8")


def test_every_criterion_has_a_way_to_be_verified():
    problem = Problem(success=[Criterion(metric="f1", value=0.7)])
    assert {int(name[-2:]) for name, _ in acceptance_criteria(problem)} == set(WAYS)
    assert all(way.how and way.evidence for way in WAYS.values())
    assert WAYS[2].how == "checks ML002, ML003"


@pytest.mark.parametrize(
    ("criterion", "text"),
    [
        (Criterion(metric="precision", value=0.99), "`precision` ≥ 0.99"),
        (Criterion(metric="rmse", comparison="<=", value=25_000), "`rmse` ≤ 25,000"),
    ],
)
def test_a_criterion_reads_as_it_was_set(criterion, text):
    assert criterion_text(criterion) == text
