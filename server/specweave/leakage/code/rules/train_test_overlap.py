"""Held-out rows are among the rows a model was fitted on."""

from __future__ import annotations

from specweave.leakage.code.finding import Draft
from specweave.leakage.code.flows import first, loaded
from specweave.leakage.code.trace import Scoring, Trace, is_test_side
from specweave.leakage.code.values import Part, Parts, meet


class TrainTestOverlap:
    """A model is judged on rows that were set aside and then given to it all the same."""

    code = "train-test-overlap"
    title = "Training rows among the rows judged on"

    def examine(self, trace: Trace) -> list[Draft]:
        honest = {id(s.fit) for s in trace.held_out()}
        return [
            _draft(scoring)
            for scoring in first(s for s in trace.scorings if _overlaps(s))
            if scoring.fit.supervised
            and not (id(scoring.fit) in honest and not _set_aside(scoring.data.parts, scoring.fit.parts))
        ]


def _overlaps(scoring: Scoring) -> bool:
    judged, learnt = scoring.data.parts, scoring.fit.parts
    if not judged or not learnt or judged == learnt or not meet(judged, learnt):
        return False
    return _set_aside(judged, learnt) or _contains(judged, learnt) or _drawn_anew(judged, learnt)


def _set_aside(judged: Parts, learnt: Parts) -> bool:
    """All rows judged on were held out by a split that the training rows ignore."""
    return all(
        is_test_side(p) and (any(q.holds(p) and p.cuts[-1] not in q.cuts for q in learnt) or _both_sides(p, learnt))
        for p in judged
    )


def _both_sides(part: Part, learnt: Parts) -> bool:
    """The rows set aside and those of the other side of the same split, laid together again."""
    other = (*part.cuts[:-1], (part.cuts[-1][0], "train"))
    return part in learnt and any(q.source == part.source and q.cuts == other for q in learnt)


def _drawn_anew(judged: Parts, learnt: Parts) -> bool:
    """Two samples of the same rows, neither of which is what the other leaves."""
    return any(
        p.source == q.source and p.cuts[:-1] == q.cuts[:-1] and p.cuts != q.cuts and _sampled(p) and _sampled(q)
        for p in judged
        for q in learnt
    )


def _sampled(part: Part) -> bool:
    return bool(part.cuts) and part.cuts[-1][0].startswith("sample ") and part.cuts[-1][1] == "train"


def _contains(judged: Parts, learnt: Parts) -> bool:
    """The rows judged on are all rows, those of the training side of a split among them."""
    return any(_training_side(q) and p.holds(q) and p != q for p in judged for q in learnt)


def _training_side(part: Part) -> bool:
    return bool(part.cuts) and part.cuts[-1][1] == "train"


def _draft(scoring: Scoring) -> Draft:
    return Draft(
        severity="certain",
        line=scoring.fit.line,
        sentence=f"{scoring.fit.name} is judged on rows that are among those it was fitted on.",
        flow=tuple(
            sorted(
                {
                    *loaded(scoring.fit.parts),
                    (scoring.fit.line, f"{scoring.fit.name} learns from these rows"),
                    (scoring.line, f"{scoring.how} judges it on some of them"),
                }
            )
        ),
        fix="Fit on the training side of the split only, and judge on the other side only.",
    )
