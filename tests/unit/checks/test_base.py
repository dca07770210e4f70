from __future__ import annotations

from specweave.checks import NextStep, failed, not_applicable, passed, warned

CALL = NextStep(sentence="Train the baselines", tool="run_experiment", arguments={"increment": "0001-kündigung"})


def test_a_step_shows_the_call_as_it_is_written():
    assert CALL.call == 'run_experiment(increment="0001-kündigung")'
    assert str(CALL) == 'Train the baselines: run_experiment(increment="0001-kündigung").'


def test_a_step_without_a_tool_is_a_sentence():
    step = NextStep(sentence="Restore the ledger.")
    assert str(step) == "Restore the ledger."
    assert step.call == "no tool: a person decides"


def test_the_four_outcomes():
    assert [
        passed("Good.", "a").outcome,
        failed("Bad.", "a", remedy=CALL).outcome,
        warned("Odd.", remedy=CALL).outcome,
        not_applicable("nothing is there").outcome,
    ] == ["passed", "failed", "warned", "not applicable"]
    assert failed("Bad.", "a", "b", remedy=CALL).evidence == ("a", "b")
