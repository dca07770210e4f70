from __future__ import annotations

from dataclasses import replace

import pytest

import explained_models as known
from specweave.explanation.spaces import meaning, short_unit, unit


@pytest.mark.parametrize(
    ("task", "axis", "words"),
    [
        ("binary", "log-odds of granted = yes", "doubles the odds"),
        ("multiclass", "score of the answered class", "before scores become probabilities"),
        ("regression", "granted", "units of granted"),
    ],
)
def test_a_space_is_told_with_what_it_was_computed_against(task, axis, words):
    subject = known.subject(task)
    found = known.contributions(subject, subject.held_out.iloc[:3])
    assert unit(subject, found) == axis
    told = meaning(subject, found)
    assert words in told
    assert "against 300 rows" in told


def test_every_space_has_words():
    subject = known.subject()
    found = known.contributions(subject, subject.held_out.iloc[:3])
    for space in ("log-odds", "probability", "class score", "target units", "share of answers"):
        assert meaning(subject, replace(found, space=space))
        assert unit(subject, replace(found, space=space))
    assert short_unit("log-odds") == "in log-odds"
    assert short_unit("target units") == ""
