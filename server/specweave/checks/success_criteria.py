"""ML005: what was promised in spec.md holds on rows nobody learned from."""

from __future__ import annotations

from specweave.checks.base import NextStep, Severity, Verdict, failed, not_applicable, passed
from specweave.checks.evaluated import EVALUATION, Judged, evaluated
from specweave.checks.records import evaluate_model
from specweave.metrics import Estimate
from specweave.problem import Criterion
from specweave.rendering import number
from specweave.spec_file import read_problem
from specweave.workspace import IncrementFolder


class SuccessCriteria:
    """Every criterion under `ml.success` is met by the value on the sealed test set."""

    code = "ML005"
    title = "Success criteria are met"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        criteria = read_problem(folder).success
        if not criteria:
            return not_applicable("spec.md sets no success criterion")
        judged = evaluated(folder)
        if judged is None:
            return not_applicable(
                "no model has been evaluated on the sealed test set yet", remedy=evaluate_model(folder)
            )
        told = [(_met(criterion, judged), _sentence(criterion, judged)) for criterion in criteria]
        sentence = "; ".join(text for _, text in told) + "."
        if all(met for met, _ in told):
            return passed(sentence, EVALUATION)
        if any(judged.estimate(criterion.metric) is None for criterion in criteria):
            return failed(sentence, EVALUATION, remedy=evaluate_model(folder, "Evaluate with the metrics of spec.md"))
        return failed(
            sentence,
            EVALUATION,
            remedy=NextStep(
                sentence="Improve the model with other columns, candidates or more data; a person may change what is promised in spec.md",
                tool="run_experiment",
                arguments={"increment": folder.id},
            ),
        )


def _met(criterion: Criterion, judged: Judged) -> bool:
    found = judged.estimate(criterion.metric)
    if found is None or found.value is None:
        return False
    return found.value >= criterion.value if criterion.comparison == ">=" else found.value <= criterion.value


def _sentence(criterion: Criterion, judged: Judged) -> str:
    wanted = f"{criterion.metric} {'≥' if criterion.comparison == '>=' else '≤'} {criterion.value:,.10g}"
    found = judged.estimate(criterion.metric)
    if found is None:
        return f"{wanted}: not evaluated"
    if found.value is None:
        return f"{wanted}: not defined ({found.undefined})"
    met = _met(criterion, judged)
    return f"{wanted}: {'met' if met else 'missed'} with {number(found.value)}{_interval(criterion, found, met=met)}"


def _interval(criterion: Criterion, found: Estimate, *, met: bool) -> str:
    """The interval, and a word where it holds values that would be judged the other way."""
    if found.low is None or found.high is None:
        return ""
    ends = (found.low, found.high)
    agree = all(
        (end >= criterion.value) == met if criterion.comparison == ">=" else (end <= criterion.value) == met
        for end in ends
    )
    return f" ({number(found.low)} to {number(found.high)}{'' if agree else ', so not certain'})"
