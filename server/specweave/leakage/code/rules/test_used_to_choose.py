"""The rows kept for the last judgement decide which model, parameter or threshold is taken."""

from __future__ import annotations

from specweave.leakage.code.finding import Draft
from specweave.leakage.code.flows import loaded
from specweave.leakage.code.trace import Choice, Scoring, Trace, is_fold
from specweave.leakage.code.values import meet


class TestUsedToChoose:
    """The best of several scores on the held-out rows is taken, and no other rows are left to judge the choice."""

    code = "test-used-to-choose"
    title = "Test rows used to choose"

    def examine(self, trace: Trace) -> list[Draft]:
        drafts = []
        for choice in trace.choices:
            events = [event for event in choice.events if _held_out(event)]
            if events and not _judged_elsewhere(trace, events) and _several(trace, choice, events):
                drafts.append(_draft(choice, sorted(events, key=lambda event: event.line)))
        return drafts


def _held_out(event: Scoring) -> bool:
    judged, learnt = event.data.parts, event.fit.parts
    return bool(judged and learnt) and not meet(judged, learnt) and not any(map(is_fold, judged))


def _judged_elsewhere(trace: Trace, events: list[Scoring]) -> bool:
    """Whether some model is judged on rows that neither trained nor chose."""
    chosen_on = frozenset(part for event in events for part in event.data.parts)
    return any(not meet(other.data.parts, chosen_on) for other in trace.held_out())


def _several(trace: Trace, choice: Choice, events: list[Scoring]) -> bool:
    """Whether there was something to choose from: several models, a loop, or a threshold that is judged again."""
    if any(event.curve for event in events):
        return any(
            other.line > choice.line and meet(other.data.parts, events[0].data.parts) for other in trace.scorings
        )
    return len({id(event.fit) for event in events}) > 1 or any(event.in_loop for event in events)


def _draft(choice: Choice, events: list[Scoring]) -> Draft:
    one = events[0]
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
