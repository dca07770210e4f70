"""The rows kept for the last judgement decide which model, parameter or threshold is taken."""

from __future__ import annotations

from specweave.leakage.code.finding import Draft
from specweave.leakage.code.flows import loaded
from specweave.leakage.code.trace import Choice, Scoring, Trace, is_fold
from specweave.leakage.code.values import Parts, meet


class TestUsedToChoose:
    """The best of several scores on the held-out rows is taken, and no other rows are left to judge the choice."""

    code = "test-used-to-choose"
    title = "Test rows used to choose"

    def examine(self, trace: Trace) -> list[Draft]:
        # Loops make thousands of scorings of the same few sets of rows: what can be asked once is asked once.
        held_out = frozenset(trace.held_out())
        judged = {event.data.parts for event in held_out}
        outside_folds = frozenset(event for event in held_out if not any(map(is_fold, event.data.parts)))
        drafts: dict[int, Draft] = {}
        for choice in trace.choices:
            events = choice.events & outside_folds
            if choice.line in drafts or not events:
                continue
            if not _judged_elsewhere(judged, events) and _several(trace, choice, events):
                drafts[choice.line] = _draft(choice, min(events, key=lambda event: event.line))
        return list(drafts.values()) or _compared(judged, outside_folds)


def _compared(judged: set[Parts], events: frozenset[Scoring]) -> list[Draft]:
    """A note where several models meet the same held-out rows: whoever keeps the best of them has chosen by these rows."""
    by_rows: dict[Parts, list[Scoring]] = {}
    for event in sorted(events, key=lambda event: event.line):
        if event.fit.role == "model" and not event.fit.internal:
            by_rows.setdefault(event.data.parts, []).append(event)
    return [
        _note(found)
        for found in by_rows.values()
        if len({event.fit.line for event in found}) > 1 and not _judged_elsewhere(judged, frozenset(found))
    ]


def _note(events: list[Scoring]) -> Draft:
    first = {event.fit.line: event for event in reversed(events)}
    lines = sorted(first)
    return Draft(
        severity="note",
        line=first[lines[-1]].line,
        sentence=f"{len(lines)} models are judged on the same held-out rows; the score of the best of them would be too good.",
        flow=tuple((first[line].line, f"{first[line].fit.name} is judged on them") for line in lines[:5]),
        fix="Choose by cross-validation on the training rows, or report all scores and choose none.",
    )


def _judged_elsewhere(judged: set[Parts], events: frozenset[Scoring]) -> bool:
    """Whether some model is judged on rows that neither trained nor chose."""
    chosen_on = frozenset(part for parts in {event.data.parts for event in events} for part in parts)
    return any(not meet(parts, chosen_on) for parts in judged)


def _several(trace: Trace, choice: Choice, events: frozenset[Scoring]) -> bool:
    """Whether there was something to choose from: several models, a loop, or a threshold that is judged again."""
    if any(event.curve for event in events):
        judged = frozenset(part for event in events for part in event.data.parts)
        return any(other.line > choice.line and meet(other.data.parts, judged) for other in trace.scorings)
    return any(event.in_loop for event in events) or len({id(event.fit) for event in events}) > 1


def _draft(choice: Choice, one: Scoring) -> Draft:
    return Draft(
        severity="certain",
        line=choice.line,
        sentence=f"{choice.how} takes the best of scores on the held-out rows, and no other rows are left to judge the choice.",
        flow=tuple(
            sorted(
                {
                    *loaded(one.data.parts),
                    (one.fit.line, f"{one.fit.name} learns from the training rows"),
                    (one.line, f"{one.how} judges it on the held-out rows"),
                    (choice.line, "the best is chosen by that score"),
                }
            )
        ),
        fix="Choose by cross-validation on the training rows, or on validation rows of their own; score the test rows once, at the end.",
    )
