from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import explained_models as known
from specweave.errors import DataError
from specweave.explanation.chosen_rows import ChosenRow, chosen_rows
from specweave.explanation.local import LocalPlan, allowed, explain_rows


def explained(subject, numbers, allow=()):
    chosen = [ChosenRow(n, f"row {n}", "asked for") for n in numbers]
    plan = LocalPlan.of(subject, allow, protected=("age",))
    return explain_rows(subject, known.contributions(subject, subject.rows(numbers)), chosen, plan)


@pytest.fixture(scope="module")
def subject():
    return known.subject()


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_shares_add_up_to_the_explained_answer(task):
    subject = known.subject(task)
    for one in explained(subject, [1000, 1001, 1002]):
        total = one.base + sum(share.amount for share in one.shares) + one.others
        assert total == pytest.approx(one.explained_score, abs=1e-9)
        assert [abs(s.amount) for s in one.shares] == sorted((abs(s.amount) for s in one.shares), reverse=True)


def test_lime_agrees_in_sign_with_shap_on_strong_columns(subject):
    found = explained(subject, [one.number for one in chosen_rows(subject)])
    known_agreement = [one.lime.agreement for one in found if one.lime.agreement is not None]
    assert known_agreement
    assert np.mean(known_agreement) > 0.9


def test_a_counterfactual_really_gets_the_other_answer(subject):
    for one in explained(subject, [1000, 1001, 1002, 1003], allow=["income", "late"]):
        assert one.counterfactuals.wanted != one.answer
        for other in one.counterfactuals.found:
            assert other.answer == one.counterfactuals.wanted
            row = subject.rows([one.row])
            for change in other.changes:
                value = change.after.replace(",", "")
                row = row.assign(**{change.column: type(row[change.column].iloc[0])(float(value))})
            assert subject.score(row)[0] == pytest.approx(other.after)
            assert {change.column for change in other.changes} <= {"income", "late"}


def test_protected_columns_do_not_change_unless_they_are_named(subject):
    (one,) = explained(subject, [1000])
    assert one.counterfactuals.allowed == ("income", "late", "job")
    (one,) = explained(subject, [1000], allow=["age"])
    assert one.counterfactuals.allowed == ("age",)
    assert one.counterfactuals.none_because


def test_several_classes_explain_the_class_that_is_answered():
    subject = known.subject("multiclass")
    for one in explained(subject, [1000, 1001, 1002, 1003]):
        assert one.explained == one.answer
        assert one.score == pytest.approx(max(one.probabilities.values()))
        assert sum(one.probabilities.values()) == pytest.approx(1)
        runner_up = sorted(one.probabilities, key=one.probabilities.get)[-2]
        assert one.counterfactuals.wanted == runner_up


def test_a_regression_is_moved_towards_the_middle_of_the_data():
    subject = known.subject("regression")
    highest = int(subject.held_out.index[subject.score(subject.held_out).argmax()])
    (one,) = explained(subject, [highest])
    assert one.counterfactuals.wanted.startswith("at most")
    best = one.counterfactuals.found[0]
    assert best.after < best.before
    assert one.explained is None


def test_the_truth_stands_beside_the_answer(subject):
    (one,) = explained(subject, [1005])
    assert one.truth == subject.truth[5]


def test_a_single_row_to_explain_is_changed_to_values_of_the_training_rows(subject):
    alone = replace(subject, held_out=subject.held_out.iloc[[0]], truth=None, seen=False)
    (one,) = explained(alone, [int(alone.held_out.index[0])], allow=["income", "late"])
    assert one.counterfactuals.found
    for change in one.counterfactuals.found[0].changes:
        assert float(change.after.replace(",", "")) in set(subject.background[change.column])


class Voting(known.Several):
    """Answers from few votes, so that classes tie, and one class only where another column says so."""

    def predict_proba(self, rows):
        paid = rows["late"].to_numpy(float) == 0
        return np.where(paid[:, None], [0.0, 0.0, 1.0], [0.5, 0.5, 0.0])


def test_of_equally_likely_classes_the_answer_is_not_the_one_wished_for():
    tied = replace(known.subject("multiclass"), model=Voting())
    late = int(tied.held_out.index[(tied.held_out["late"] > 0).to_numpy()][0])
    (one,) = explained(tied, [late], allow=["late"])
    assert one.answer == "high"
    assert one.counterfactuals.wanted == "mid"
    assert [found.answer for found in one.counterfactuals.found] == ["mid"]
    (one,) = explained(tied, [late], allow=["age"])
    assert one.counterfactuals.wanted == "another answer"
    assert one.counterfactuals.none_because


def test_a_direction_a_column_does_not_have_is_refused(subject):
    with pytest.raises(DataError, match="up or down"):
        allowed(subject, ["job up"])
