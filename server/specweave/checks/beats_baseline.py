"""ML003: the model is worth more than a simple rule, and not by luck."""

from __future__ import annotations

from specweave.checks.base import NextStep, Severity, Verdict, failed, not_applicable, passed, warned
from specweave.checks.evaluated import EVALUATION, Judged, evaluated
from specweave.checks.records import baselines, evaluate_model, run_experiment
from specweave.problem import Problem
from specweave.rendering import number, percent
from specweave.spec_file import read_problem
from specweave.workspace import IncrementFolder


class BeatsBaseline:
    """On the sealed rows the paired comparison with the best baseline says better; a margin not reached is a warning.

    docs/decisions/0003-margin-warns.md says why chance refuses and the margin warns.
    """

    code = "ML003"
    title = "The best model beats the best baseline"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        judged = evaluated(folder)
        if judged is None:
            return not_applicable(
                "no model has been evaluated on the sealed test set yet", remedy=evaluate_model(folder)
            )
        if judged.baseline is None or judged.comparison is None:
            return failed(
                f"{judged.experiment} was compared with no baseline: {judged.no_baseline or 'none was recorded'}.",
                EVALUATION,
                remedy=run_experiment(folder),
            )
        return _verdict(folder, judged, read_problem(folder))


def _verdict(folder: IncrementFolder, judged: Judged, problem: Problem) -> Verdict:
    wanted = problem.margin
    comparison = judged.comparison
    assert comparison is not None
    if judged.margin is None:
        return warned(
            f"The margin over {judged.baseline} has no value: {comparison.undefined or 'no error is left to remove'}.",
            EVALUATION,
            remedy=NextStep(sentence="Look for a column that gives the answer away, or do without a model"),
        )
    test = f", {comparison.test}" if comparison.test else ""
    sentence = (
        f"{_subject(folder, judged)} removes {percent(judged.margin)} of {judged.baseline}'s remaining error in {judged.metric}"
        f" ({percent(wanted, 0)} wanted); the difference of {number(comparison.difference)} is {comparison.verdict}"
        f" ({number(comparison.low)} to {number(comparison.high)}{test})."
    )
    if comparison.verdict != "better":
        return failed(
            sentence, EVALUATION, "reports/comparison.md", remedy=_instead(folder, judged, problem.look_budget)
        )
    if judged.margin < wanted:
        return warned(sentence, EVALUATION, remedy=_MORE)
    return passed(sentence, EVALUATION)


def _subject(folder: IncrementFolder, judged: Judged) -> str:
    if judged.experiment not in {record.id for record in baselines(folder)}:
        return judged.experiment
    return f"{judged.experiment}, itself a baseline and so compared with the best other one,"


_MORE = NextStep(
    sentence="Decide whether the gain is worth a model; other columns or more data may widen it. A margin lowered after the "
    "look is named by ML016"
)


def _instead(folder: IncrementFolder, judged: Judged, budget: int) -> NextStep:
    from specweave.data import seal

    if seal.looks_spent(folder) >= budget:
        return run_experiment(
            folder, f"No look is left to judge {judged.baseline} instead; add columns or rows and train again"
        )
    return NextStep(
        sentence=f"Take the simpler {judged.baseline} itself, or add columns, rows or candidates",
        tool="evaluate_model",
        arguments={"increment": folder.id, "experiment": judged.baseline, "purpose": "the baseline as the model"},
    )
