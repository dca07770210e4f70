from __future__ import annotations

import pytest

import explained_models as known
from specweave.explanation import wording
from specweave.explanation.cited import plain
from specweave.explanation.global_facts import Dominating, Sensitive, Stability, Together
from specweave.explanation.globally import explain_globally
from specweave.explanation.local_facts import Surrogate
from specweave.explanation.result import Explanation


@pytest.fixture(scope="module")
def found():
    subject = known.subject()
    return Explanation(
        increment="",
        experiment="exp-002",
        task="binary",
        target="granted",
        output=subject.output,
        columns=subject.columns,
        explained_on="600 rows",
        n_rows=600,
        space="log-odds",
        unit="log-odds",
        meaning="",
        method="",
        background="",
        n_background=300,
        exact=True,
        gap=0.0,
        overall=explain_globally(subject).facts,
        rows=(),
        allowed=(),
        allowed_by_user=False,
        surrogate=Surrogate(rules=(), r2=0.5, agreement=0.8, agreement_of_constant=0.6, n_learned=400, n_judged=200),
    )


def honest(found, **changes):
    honesty = found.overall.honesty.model_copy(update=changes)
    return found.model_copy(update={"overall": found.overall.model_copy(update={"honesty": honesty})})


def said(found):
    return wording.findings(found, plain(found.model_dump(mode="json")))


def test_the_columns_that_matter_and_those_that_do_not_are_named(found):
    assert wording.headline(found).startswith("exp-002 relies most on ")
    text = " ".join(said(found))
    assert "% of contributions; shuffled, the model loses" in text
    assert "Not shown to matter" in text
    assert "age" in text.split("Not shown to matter")[1]


def test_a_dominating_column_comes_first_as_a_possible_leak(found):
    leaking = honest(found, dominating=Dominating(column="late", share=0.93, skill_lost=0.9, sentence="x"))
    assert wording.headline(leaking) == "exp-002 rests on late almost alone: a possible leak"
    assert said(leaking)[0].startswith(
        "Possible leak: shuffling late alone takes 90.0 % of the model's skill (93.0 % of all contributions)."
    )


def test_where_a_column_takes_more_than_all_of_the_skill_no_number_is_cited(found):
    leaking = honest(found, dominating=Dominating(column="late", share=0.93, skill_lost=1.2, sentence="x"))
    asked = []
    show = plain(leaking.model_dump(mode="json"))
    told = wording.findings(leaking, lambda pointer, form: asked.append(pointer) or show(pointer, form))
    assert "shuffling late alone takes all of the model's skill" in told[0]
    assert not any(pointer.endswith("dominating/skill_lost") for pointer in asked)


def test_protected_columns_and_their_proxies_come_before_what_matters(found):
    read = Sensitive(
        column="sex", named_by="its name", read=True, share=0.2, proxies=(("job", 0.6),), told_by_all=0.5, sentence="x"
    )
    unread = read.model_copy(update={"column": "race", "read": False, "share": None})
    faint = read.model_copy(update={"column": "age", "share": 0.001, "told_by_all": 0.1})
    first, second, third, *_ = said(honest(found, sensitive=(read, unread, faint)))
    assert first == "Sensitive columns the model reads, with their part of all contributions: sex (20.0 %)."
    assert second.startswith(
        "Leaving sex out would hide it badly. Strongest proxies: job for sex (association 0.6000)."
    )
    assert third.startswith("The model does not read race, but reads proxies of it: job (association 0.6000)")
    assert wording.sensitive_names(honest(found, sensitive=(read, unread)).overall) == ("sex", "race")


def test_columns_that_share_credit_are_not_to_be_ranked(found):
    tied = Together(columns=("income", "job"), association=0.9, sentence="x")
    assert any(
        "income and job go together (association 0.9000)" in one for one in said(honest(found, together=(tied,)))
    )


@pytest.mark.parametrize(("value", "verdict"), [(0.95, "order of columns is stable"), (0.5, "at the top are sure")])
def test_seeds_that_disagree_are_told(found, value, verdict):
    shaky = Stability(contributions=value, permutation=1.0, seeds=(0, 1), sentence="x")
    assert any(verdict in one for one in said(honest(found, stability=shaky)))


def test_a_loose_surrogate_is_called_a_sketch(found):
    assert any("80.0 % of fresh rows" in one and "a sketch" in one for one in said(found))
    close = found.surrogate.model_copy(update={"agreement": 0.97})
    assert not any("a sketch" in one for one in said(found.model_copy(update={"surrogate": close})))


def test_cautions_are_passed_on(found):
    assert said(found.model_copy(update={"cautions": ("no true answers.",)}))[-1] == "Caution: no true answers."
