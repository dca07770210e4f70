"""One row's explanation in a sentence that can be read out to the person it is about.

Every number is named by its place in explanation.json, so that a document can cite it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from specweave.explanation.local_facts import Counterfactual, LocalExplanation, Share
from specweave.explanation.values import stepped_text
from specweave.rendering import number

Show = Callable[[str, Callable[[Any], str]], str]
MOST_REASONS = 3
# A column that adds less than this part of the largest contribution is no reason worth naming.
_WORTH_NAMING = 0.2


def signed(value: Any) -> str:
    """A contribution with its sign, at two significant digits where it is small."""
    text = number(abs(value), 2 if abs(value) < 100 else 4)
    return f"{'−' if value < 0 else '+'}{text}"


def sentence(one: LocalExplanation, place: str, show: Show, *, output: str, task: str, unit: str) -> str:
    """What was answered, the columns that speak for it and against it, and what would change it.

    `place` is the row's JSON pointer, `output` what the score means and `unit` what contributions are counted in.
    """
    said = _answered(one, place, show, output=output, task=task)
    reasons = _reasons(one, place, show, task=task, unit=unit)
    change = _change(one, place, show, task=task, output=output)
    return f"{said}{reasons}{'; ' + change if change else ''}."


def _answered(one: LocalExplanation, place: str, show: Show, *, output: str, task: str) -> str:
    if task == "regression":
        text = partial(stepped_text, step=_step(one))
        return f"{output} is predicted as {show(f'{place}/score', text)} ({show(f'{place}/base', text)} on average)"
    score = show(f"{place}/score", number)
    if task == "binary":
        return f"Answered {one.answer} ({output} is {score})"
    return f"Answered {one.answer} (probability {score})"


def _step(one: LocalExplanation) -> float:
    """The difference from the average, or the largest contribution to it: it has to be seen in the answer's digits."""
    return max([abs(one.explained_score - one.base), *(abs(share.amount) for share in one.shares)])


def _reasons(one: LocalExplanation, place: str, show: Show, *, task: str, unit: str) -> str:
    """Columns that push towards the answer, then the strongest that pushes away from it.

    Where all in all they push away from it, the answer is the average row's still, and that is what is said.
    """
    towards = _direction(one, task)
    if task == "binary" and (one.explained_score - one.base) * towards < 0:
        return _still_usual(one, place, show, towards=towards, unit=unit)
    large = [pair for pair in enumerate(one.shares) if abs(pair[1].amount) >= _WORTH_NAMING * abs(one.shares[0].amount)]
    of_it = [pair for pair in large if pair[1].amount * towards > 0][:MOST_REASONS]
    against = [pair for pair in large if pair[1].amount * towards < 0][:1]
    if not of_it:
        return ""
    named = [_reason(share, at, place, show, unit=unit if n == 0 else "") for n, (at, share) in enumerate(of_it)]
    text = f", mainly because of {_joined(named)}"
    if against:
        at, share = against[0]
        text += f", although {_reason(share, at, place, show, unit='')} speaks against it"
    return text


def _still_usual(one: LocalExplanation, place: str, show: Show, *, towards: float, unit: str) -> str:
    against = [pair for pair in enumerate(one.shares) if pair[1].amount * towards < 0][:MOST_REASONS]
    against = [pair for pair in against if abs(pair[1].amount) >= _WORTH_NAMING * abs(against[0][1].amount)]
    named = [_reason(share, at, place, show, unit=unit if n == 0 else "") for n, (at, share) in enumerate(against)]
    return f", as an average row is, although {_joined(named)} {'speaks' if len(named) == 1 else 'speak'} against it"


def _direction(one: LocalExplanation, task: str) -> float:
    """+1 when contributions above 0 explain the answer, −1 when those below do."""
    if task == "regression":
        return 1.0 if one.explained_score >= one.base else -1.0
    return 1.0 if one.explained is None or one.answer == one.explained else -1.0


def _reason(share: Share, at: int, place: str, show: Show, *, unit: str) -> str:
    amount = show(f"{place}/shares/{at}/amount", signed)
    return f"{share.column} {share.value} ({amount}{' ' + unit if unit else ''})"


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _change(one: LocalExplanation, place: str, show: Show, *, task: str, output: str) -> str:
    changed = one.counterfactuals
    if changed is None or not changed.found:
        return ""
    first = changed.found[0]
    after = show(
        f"{place}/counterfactuals/found/0/after",
        partial(stepped_text, step=_step(one)) if task == "regression" else number,
    )
    if task == "regression":
        return f"the same row {with_changes(first)} would be predicted as {after}"
    what = f"{output} {after}" if task == "binary" else f"probability {after}"
    return f"the same row {with_changes(first)} would be answered {first.answer} ({what})"


def with_changes(one: Counterfactual) -> str:
    """The changes of a counterfactual as text: with income 35,000 instead of 21,000."""
    return "with " + _joined([f"{c.column} {c.after} instead of {c.before}" for c in one.changes])
