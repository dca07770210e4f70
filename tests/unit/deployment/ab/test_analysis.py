from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.deployment.ab.analysis import GuardrailRule, Question, analyse, question_from
from specweave.deployment.ab.documents import planned_by, write_analysis, write_plan
from specweave.deployment.ab.plan import plan, wanted_from
from specweave.deployment.ab.units import Counted, Units
from specweave.errors import DataError, StorageError
from specweave.evidence import check_document, citations


def units(n=8000, *, share=0.5, effect=0.0, worse=0.0, seed=0, sd=1.0, lost=0):
    """A test with spend (adjustable by `before`), bought and latency; `lost` units of the treatment are missing."""
    rng = np.random.default_rng(seed)
    treated = rng.random(n) < share
    before = rng.normal(10, 1, n)
    table = pd.DataFrame(
        {
            "spend": before + sd * rng.normal(size=n) + effect * treated,
            "bought": (rng.random(n) < 0.2).astype(float),
            "latency": rng.normal(20, 3, n) + worse * treated,
            "before": before,
        }
    )
    keep = ~(treated & (np.cumsum(treated) <= lost))
    table, treated = table[keep].reset_index(drop=True), treated[keep]
    arms = {"control": int((~treated).sum()), "treatment": int(treated.sum())}
    counted = Counted(**arms, **{f"{name}_with_outcome": n for name, n in arms.items()}, in_both=0, without_exposure=0)
    return Units(table, treated, counted)


def asked(**changes):
    return Question(**{"outcome": "spend", "share": 0.5, "planned": 8000, **changes})


@pytest.mark.parametrize(
    ("effect", "changes", "decision", "said"),
    [
        (0.3, {}, "ship", "give it to all"),
        (-0.3, {}, "roll back", "keep the old one"),
        (-0.3, {"better": "lower"}, "ship", "give it to all"),
        (0.0, {}, "go on", "still holds no difference"),
        (0.0, {"smallest": 0.4}, "no difference that matters", "less than what matters"),
        (0.0, {"smallest": 0.02}, "go on", "units more"),
    ],
)
def test_decides_by_the_interval(effect, changes, decision, said):
    found = analyse(units(effect=effect), asked(**changes))
    assert found.decision == decision
    assert said in found.sentences[0]


def test_says_when_it_is_too_early():
    found = analyse(units(150), asked())
    assert found.decision == "too early"
    assert found.primary.low is None
    assert "100 units in the smaller arm" in found.sentences[0]


def test_a_lost_part_of_one_arm_makes_the_test_invalid_whatever_it_says():
    found = analyse(units(effect=0.5, lost=500), asked())
    assert found.decision == "invalid"
    assert "Do not trust" in found.sentences[0]


def test_units_in_both_arms_make_the_test_invalid():
    made = units()
    mixed = Units(made.table, made.treated, made.counted.model_copy(update={"in_both": 200}))
    found = analyse(mixed, asked())
    assert found.decision == "invalid"
    assert "200 units met both models" in found.sentences[0]


def test_the_covariate_sharpens_the_answer():
    plain, adjusted = (analyse(units(effect=0.09, seed=1), asked(covariate=name)) for name in (None, "before"))
    assert plain.decision == "go on"
    assert adjusted.decision == "ship"
    assert adjusted.primary.variance_removed == pytest.approx(0.5, abs=0.05)


def rails(*texts):
    return tuple(GuardrailRule.parse(text) for text in texts)


@pytest.mark.parametrize(
    ("worse", "rule", "verdict", "decision"),
    [
        (3.0, "latency:lower:1", "harmed", "stop"),
        (0.2, "latency:lower:1", "safe", "ship"),
        (1.0, "latency:lower:1", "open", "ship"),
        (-3.0, "latency:higher:1", "harmed", "stop"),
        (-3.0, "latency:lower:0", "safe", "ship"),
    ],
)
def test_guardrails_stop_a_test_that_would_win(worse, rule, verdict, decision):
    found = analyse(units(effect=0.3, worse=worse), asked(guardrails=rails(rule)))
    assert found.guardrails[0].verdict == verdict
    assert found.decision == decision
    assert ("Still open: latency" in found.sentences[0]) == (verdict == "open")


@pytest.mark.parametrize(
    "text", ["latency", "latency:down:5", "latency:lower:-1", "latency:lower:much", ":lower:1", "a:lower:nan"]
)
def test_a_guardrail_that_cannot_be_read_is_told(text):
    with pytest.raises(DataError, match="cannot be read"):
        GuardrailRule.parse(text)


def test_the_only_outcome_needs_no_name():
    made = units()
    one = Units(made.table[["spend", "before"]], made.treated, made.counted)
    assert analyse(one, asked(outcome=None, covariate="before")).primary.outcome == "spend"
    with pytest.raises(DataError, match="has to be named"):
        analyse(made, asked(outcome=None))


def test_proportions_are_told_in_percent():
    found = analyse(units(), asked(outcome="bought"))
    assert found.primary.kind == "proportion"
    assert "%" in found.sentences[1]


def test_what_a_question_leaves_open_is_the_plans():
    made = plan(wanted_from(baseline=10, effect=0.1, sd=1, share=0.3))
    found = question_from(made)
    assert (found.share, found.smallest, found.planned) == (0.3, 0.1, made.units)
    assert question_from(None).share == 0.1
    assert question_from(made, share=0.5, smallest=0.2, planned_units=10.0).planned == 10
    with pytest.raises(DataError, match="between 0 and 1"):
        question_from(None, share=10)


def test_every_number_of_the_pages_is_proven(tmp_path):
    folder = tmp_path / "deployment" / "ab-test"
    made = plan(wanted_from(baseline=10, effect=0.1, sd=1.4, share=0.5, units_per_day=100))
    write_plan(folder, made, root=tmp_path)
    assert planned_by(folder) == made
    question = asked(covariate="before", guardrails=rails("latency:lower:1", "bought:higher:0.05"), smallest=0.1)
    found = write_analysis(folder, analyse(units(effect=0.2), question), share=0.5, root=tmp_path)
    for page, fewest in (("plan.md", 10), ("analysis.md", 30)):
        text = (folder / page).read_text("utf-8")
        assert check_document(folder / page, tmp_path) == []
        assert citations(text) >= fewest
    assert all((tmp_path / name).stat().st_size > 500 for name in found.documents)
    assert found.documents[0] == "deployment/ab-test/analysis.json"


def test_a_test_without_an_interval_is_written_too(tmp_path):
    found = write_analysis(tmp_path / "ab", analyse(units(150), asked()), share=0.5, root=tmp_path)
    assert "too few units" in (tmp_path / found.documents[1]).read_text("utf-8")


def test_a_damaged_plan_is_told(tmp_path):
    assert planned_by(tmp_path) is None
    (tmp_path / "plan.json").write_text('{"units": 5}', "utf-8")
    with pytest.raises(StorageError, match="cannot be read"):
        planned_by(tmp_path)
