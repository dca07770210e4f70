"""An evaluation in sentences. Every number is named by its place in evaluation.json, so that a document can cite it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from specweave.evaluation.result import CriterionResult, Evaluation, LookTaken
from specweave.evidence import resolve_pointer
from specweave.metrics import Estimate
from specweave.rendering import number, percent

Show = Callable[[str, Callable[[Any], str]], str]


def plain(found: Evaluation) -> Show:
    """Numbers as text alone."""
    facts = found.model_dump(mode="json")
    return lambda pointer, form: form(resolve_pointer(facts, pointer))


def headline(found: Evaluation) -> str:
    """The verdict in one line, without numbers."""
    if found.comparison is None:
        return f"No baseline to compare with: {found.experiment}"
    if found.comparison.verdict == "not defined":
        return f"No verdict: {found.metric} is not defined because {found.comparison.undefined}"
    how = {
        "better": "Better than the best baseline",
        "within noise": "Within noise of the best baseline",
        "worse": "Worse than the best baseline",
    }[found.comparison.verdict]
    short = found.margin is not None and found.comparison.verdict == "better" and found.margin < found.margin_wanted
    return f"{how}{', but by less than the margin' if short else ''}: {found.experiment}"


def reasons(found: Evaluation, show: Show) -> tuple[str, ...]:
    """The verdict's grounds, a sentence or two each."""
    parts = (_value, _against_baseline, _criteria, _decision, _optimism, _previous, _look)
    return tuple(sentence for part in parts if (sentence := part(found, show)))


def short_number(value: Any) -> str:
    """Two significant digits, for p-values and orders of magnitude; a large number keeps the digits that prove it."""
    return number(value, 2 if value is None or abs(value) < 100 else 4)


def _whole_percent(value: Any) -> str:
    return percent(value, 0)


def _value(found: Evaluation, show: Show) -> str:
    at = _place(found, found.metric)
    mine = found.estimates[at]
    rows = f"on {show('/n_test', number)} sealed rows"
    if mine.value is None:
        return f"{found.metric} is not defined {rows} because {mine.undefined}."
    value = show(f"/estimates/{at}/value", number)
    if mine.low is None:
        return f"{found.metric} {value} {rows}."
    ends = f"{show(f'/estimates/{at}/low', number)} to {show(f'/estimates/{at}/high', number)}"
    return f"{found.metric} {value} ({show('/level', _whole_percent)} interval {ends}) {rows}."


def _against_baseline(found: Evaluation, show: Show) -> str:
    comparison = found.comparison
    if comparison is None:
        return f"There is no comparison with a baseline: {found.no_baseline}."
    if comparison.difference is None:
        return ""
    theirs = show(f"/baseline_estimates/{_place(found, found.metric)}/value", number)
    ends = f"{show('/comparison/low', number)} to {show('/comparison/high', number)}"
    test = f"{comparison.test}, p {show('/comparison/p_value', short_number)}"
    margin = "The baseline is already perfect, so there is no error left to remove."
    if found.margin is not None:
        margin = _margin(found, show)
    return (
        f"Best baseline {found.baseline}: {theirs}; difference {show('/comparison/difference', number)}"
        f" ({ends}, {test}): {comparison.verdict}. {margin}"
    )


def _margin(found: Evaluation, show: Show) -> str:
    assert found.margin is not None
    wanted = f"{show('/margin_wanted', _whole_percent)} wanted"
    if found.margin < 0:
        return f"It adds error instead of removing some of the baseline's ({wanted})."
    return f"It removes {show('/margin', percent)} of the baseline's remaining error ({wanted})."


def _criteria(found: Evaluation, show: Show) -> str:
    if not found.criteria:
        return "spec.md sets no success criterion."
    parts = [
        f"{one.metric} {one.comparison} {show(f'/criteria/{at}/wanted', number)} {_outcome(one, at, show)}{_counterpart(found, one, show)}"
        for at, one in enumerate(found.criteria)
    ]
    return f"Success criteria: {'; '.join(parts)}."


def _outcome(one: CriterionResult, at: int, show: Show) -> str:
    if one.value is None:
        return f"is not met: not defined because {one.undefined}"
    sure = "" if one.certain else ", but the interval holds the other answer too"
    return f"is {'met' if one.met else 'not met'} with {show(f'/criteria/{at}/value', number)}{sure}"


_OTHER = {"precision": "recall", "recall": "precision"}


def _counterpart(found: Evaluation, one: CriterionResult, show: Show) -> str:
    """Beside a precision the recall it was bought with, and the other way round: either alone is easily had."""
    other = _OTHER.get(one.metric, "")
    beside = found.estimate(other)
    if found.n_flagged is None or beside is None or beside.value is None:
        return ""
    value = show(f"/estimates/{_place(found, other)}/value", number)
    flagged = f"{show('/n_flagged', number)} of {show('/n_test', number)} rows"
    return f", at {other} {value} with {flagged} predicted as {found.positive}"


def _optimism(found: Evaluation, show: Show) -> str:
    mine = found.estimate(found.metric)
    if found.out_of_fold is None or mine is None or mine.low is None or mine.high is None:
        return ""
    where = "inside" if mine.low <= found.out_of_fold <= mine.high else "outside"
    return f"Cross-validation said {show('/out_of_fold', number)}, {where} the interval of the sealed rows."


def _decision(found: Evaluation, show: Show) -> str:
    made = found.decision
    if made is None:
        return ""
    if made.value is None or made.value.value is None:
        return f"The costs in spec.md give no expected value: {made.note or (made.value and made.value.undefined)}."
    said = f"Under the costs of spec.md a row is worth {_worth('/decision/value', made.value, show)}"
    if made.against_baseline is not None and made.against_baseline.difference is not None:
        place = "/decision/against_baseline"
        ends = f"{show(f'{place}/low', number)} to {show(f'{place}/high', number)}"
        said += f", {show(f'{place}/difference', number)} ({ends}) more than with the baseline"
    if made.cheapest is None or made.cheapest.expected_value is None:
        return f"{said}."
    at = show("/decision/cheapest/choice/threshold", number)
    worth = _worth("/decision/cheapest/expected_value", made.cheapest.expected_value, show)
    return f"{said}; at the threshold with the least cost out of fold, {at}, it is worth {worth}."


def _worth(place: str, one: Estimate, show: Show) -> str:
    if one.low is None:
        return show(f"{place}/value", number)
    return f"{show(f'{place}/value', number)} ({show(f'{place}/low', number)} to {show(f'{place}/high', number)})"


def _previous(found: Evaluation, show: Show) -> str:
    before = found.previous
    if before is None:
        return ""
    which = f"the model of look {show('/previous/look', number)}, {before.experiment}"
    if before.experiment == found.experiment:
        return f"The same experiment as at look {show('/previous/look', number)}."
    if before.comparison is None:
        return f"There is no comparison with {which}: {before.note}."
    if before.comparison.difference is None:
        return (
            f"There is no comparison with {which}: {found.metric} is not defined because {before.comparison.undefined}."
        )
    place = "/previous/comparison"
    ends = f"{show(f'{place}/low', number)} to {show(f'{place}/high', number)}"
    words = {"better": "better than", "worse": "worse than"}.get(before.comparison.verdict, "within noise of")
    return f"It is {words} {which}: difference {show(f'{place}/difference', number)} ({ends}) on the same rows."


def _look(found: Evaluation, show: Show) -> str:
    look = found.look_taken
    if look is None:
        return ""
    taken, budget = show("/look_taken/number", number), show("/look_taken/budget", number)
    others = _elsewhere(look, show)
    if not look.over_budget:
        return f"Look {taken} of {budget} at the sealed test set{others}."
    chance = ""
    if look.inflation is not None:
        added = show("/look_taken/inflation", short_number)
        chance = f" Choosing the best of {taken} equal models adds about {added} by chance."
    return (
        f"Look {taken} at the sealed test set{others}, {budget} agreed: the number has lost its value as an honest test"
        f" of anything chosen with it.{chance} Fresh rows, in a new increment, restore it."
    )


def _elsewhere(look: LookTaken, show: Show) -> str:
    """The looks other increments took at the same rows, after a comma."""
    named = [f"{show(f'/look_taken/elsewhere/{name}', number)} of them in {name}" for name in look.elsewhere]
    return f" ({', '.join(named)})" if named else ""


def _place(found: Evaluation, metric: str) -> int:
    return next(at for at, one in enumerate(found.estimates) if one.metric == metric)
