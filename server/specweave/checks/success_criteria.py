"""ML005: what was promised in spec.md holds on rows nobody learned from."""

from __future__ import annotations

from specweave.checks.base import NextStep, Severity, Verdict, failed, not_applicable, passed, warned
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
            return _with_doubts(sentence, criteria, judged)
        if any(judged.estimate(criterion.metric) is None for criterion in criteria):
            return failed(sentence, EVALUATION, remedy=evaluate_model(folder, "Evaluate with the metrics of spec.md"))
        return failed(
            sentence,
            EVALUATION,
            remedy=NextStep(
                sentence="Improve the model with other columns, candidates or more data; a promise that is lowered after the look is named by ML016",
                tool="run_experiment",
                arguments={"increment": folder.id},
            ),
        )


def _with_doubts(sentence: str, criteria: list[Criterion], judged: Judged) -> Verdict:
    """Passed, or warned where chance alone may have met a criterion, or a model nobody would use."""
    bought = [text for criterion in criteria if (text := _bought(criterion, criteria, judged))]
    if bought:
        return warned(" ".join([sentence, *bought]), EVALUATION, remedy=_BOTH)
    if any(_uncertain(criterion, judged) for criterion in criteria):
        return warned(sentence, EVALUATION, remedy=_MORE_ROWS)
    return passed(sentence, EVALUATION)


_BOTH = NextStep(
    sentence="Decide what the other one has to be and promise both in spec.md, `ml.success`; a person decides"
)
_MORE_ROWS = NextStep(
    sentence="Decide whether this certainty is enough; more rows in the sealed test set narrow the interval"
)
USELESS_RECALL = 0.05


def _bought(criterion: Criterion, criteria: list[Criterion], judged: Judged) -> str:
    """What a precision or recall was bought with, where that makes it worthless and nobody has asked for it."""
    other = {"precision": "recall", "recall": "precision"}.get(criterion.metric)
    found = judged.estimate(other) if other else None
    if criterion.comparison != ">=" or found is None or found.value is None:
        return ""
    if any(one.metric == other for one in criteria):
        return ""
    flagged = "" if judged.n_flagged is None else f" ({judged.n_flagged:,} of {judged.n_test:,} rows are flagged)"
    if other == "recall":
        if found.value >= USELESS_RECALL:
            return ""
        return f"But the model finds hardly anything: recall {number(found.value)}{flagged}."
    share = None if judged.n_positive is None else judged.n_positive / judged.n_test
    if share is None or found.value > share:
        return ""
    return f"But its precision {number(found.value)} is no better than the class's share {number(share)}{flagged}."


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
    doubt = "" if _agree(criterion, found, met=met) else ", so not certain"
    return f" ({number(found.low)} to {number(found.high)}{doubt})"


def _uncertain(criterion: Criterion, judged: Judged) -> bool:
    found = judged.estimate(criterion.metric)
    return found is not None and not _agree(criterion, found, met=_met(criterion, judged))


def _agree(criterion: Criterion, found: Estimate, *, met: bool) -> bool:
    """Whether both ends of the interval are judged like the value; without an interval there is nothing to doubt."""
    ends = [end for end in (found.low, found.high) if end is not None]
    return all(
        (end >= criterion.value) == met if criterion.comparison == ">=" else (end <= criterion.value) == met
        for end in ends
    )
