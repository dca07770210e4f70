from __future__ import annotations

import numpy as np
import pytest

import explained_models as known
from specweave.errors import DataError
from specweave.explanation.chosen_rows import answers, chosen_rows
from specweave.metrics import Predictions


@pytest.fixture(scope="module")
def subject():
    return known.subject()


def test_without_wishes_mistakes_borderline_and_typical_rows_are_taken(subject):
    found = chosen_rows(subject)
    assert len({one.number for one in found}) == len(found)
    whys = " ".join(one.why for one in found)
    assert "most confident mistake" in whys
    assert "borderline" in whys
    assert "typical row predicted yes" in whys
    assert "typical row predicted no" in whys


def test_the_mistakes_are_the_surest_wrong_answers(subject):
    scores = subject.score(subject.held_out)
    said = answers(subject, scores)
    sure = np.where(said == "yes", scores, 1 - scores)
    wrong = said != subject.truth
    expected = subject.held_out.index[np.argsort(np.where(wrong, -sure, 0), kind="stable")[:2]]
    assert [one.number for one in chosen_rows(subject, ["mistakes"])] == expected.tolist()


def test_mistakes_are_told_by_models_that_had_not_seen_the_row():
    plain = known.subject()
    rows = plain.held_out.index.to_numpy()
    truth = plain.truth
    labels = truth.copy()
    labels[7] = "yes" if truth[7] == "no" else "no"
    sure = np.where(labels == "yes", 0.9, 0.1)
    held_out = Predictions(
        "binary", truth, labels, np.column_stack([1 - sure, sure]), ("no", "yes"), "yes", rows, np.zeros(len(rows))
    )
    (found,) = chosen_rows(known.subject(out_of_fold=held_out), ["mistakes"])
    assert found.number == rows[7]
    assert "had not seen it" in found.why


def test_borderline_rows_are_nearest_to_the_threshold():
    found = chosen_rows(known.subject(threshold=0.7), ["borderline"])
    near = known.subject()
    distances = np.abs(near.score(near.held_out) - 0.7)
    chosen = near.held_out.index.get_indexer([one.number for one in found])
    assert distances[chosen].max() <= np.sort(distances)[1] + 1e-12
    assert "0.7" in found[0].why


def test_a_typical_row_is_in_the_middle_of_those_answered_alike(subject):
    for one in chosen_rows(subject, ["typical"]):
        row = subject.held_out.loc[one.number]
        said = answers(subject, subject.score(subject.held_out))
        alike = subject.held_out[said == one.why.rpartition(" ")[2]]
        assert abs(row["income"] - alike["income"].median()) < 4_000
        assert row["job"] == alike["job"].mode()[0]


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_other_tasks_have_their_rows_too(task):
    found = chosen_rows(known.subject(task))
    whys = " ".join(one.why for one in found)
    if task == "regression":
        assert "typical low prediction" in whys
        assert "borderline" not in whys
    else:
        assert "two classes nearly as likely" in whys
        assert "typical row predicted mid" in whys


def test_rows_are_named_by_number_and_by_the_value_of_any_column(subject):
    lookup = subject.held_out.assign(customer=[f"C{n}" for n in subject.held_out.index])
    found = chosen_rows(subject, ["1003", "customer=C1017", "1003"], lookup)
    assert [one.number for one in found] == [1003, 1017]
    assert found[1].label == "row 1017 (customer C1017)"


@pytest.mark.parametrize("asked", ["5", "one", "²", "--1003", "customer=C1", "income=x"])
def test_a_row_that_is_not_there_is_an_error_that_says_what_may_be_named(subject, asked):
    with pytest.raises(DataError) as caught:
        chosen_rows(subject, [asked])
    assert "sealed" in str(caught.value) or "columns" in str(caught.value) or "column" in str(caught.value)


def test_without_truth_there_are_no_mistakes():
    assert chosen_rows(known.subject(truth=None), ["mistakes"]) == []
