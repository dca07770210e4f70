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
        return list(drafts.values())


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
