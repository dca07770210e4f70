"""What several rules ask of a trace, and how flows are told."""

from __future__ import annotations

from collections.abc import Iterable

from specweave.leakage.code.finding import Draft, Severity
from specweave.leakage.code.trace import Scoring, Trace, Use, Validation
from specweave.leakage.code.values import Learning, Parts, meet


def loaded(parts: Parts) -> list[tuple[int, str]]:
    """Where rows come from, as the first station of a flow."""
    return sorted({(part.line, "the rows come from here") for part in parts if part.line})[:2]


def told(learning: Learning, use: Use | Validation, seen: str, used: str) -> tuple[tuple[int, str], ...]:
    """Source → what is learnt → what is judged."""
    stations = [*loaded(learning.parts), (learning.line, seen), (use.line, used)]
    return tuple(sorted(dict.fromkeys(stations)))


def before_the_split(trace: Trace, kinds: frozenset[str], *, what: str, fix: str, grave_in_folds: bool) -> list[Draft]:
    """A finding for everything of these kinds that was learnt from held-out rows too.

    Scored uses make it certain; a use nobody scores, such as a file of predictions for a competition, a note.
    Within a cross-validation of training rows it is certain when `grave_in_folds` or when nothing else is held out.
    """
    found: dict[int, Draft] = {}
    held_out_later = any(True for _ in trace.held_out())
    for learning, use, scored in trace.too_early(kinds):
        severity: Severity = "certain" if scored else "note"
        if isinstance(use, Validation) and not grave_in_folds and (held_out_later or _kept_apart(trace, use)):
            severity = "note"
        draft = _draft(learning, use, severity, what, fix)
        known = found.get(learning.line)
        if known is None or (known.severity == "note" and severity != "note"):
            found[learning.line] = draft
    return list(found.values())


def _kept_apart(trace: Trace, use: Validation) -> bool:
    """Whether other rows are kept for a last judgement, so that the folds only choose."""
    return any(not meet(other.data.parts, use.data.parts) for other in trace.uses if other.data.parts)


def _draft(learning: Learning, use: Use | Validation, severity: Severity, what: str, fix: str) -> Draft:
    if isinstance(use, Validation):
        judged = f"the folds of {use.how} hold out rows it was learnt from"
        used = f"{use.how} judges on folds of the same rows"
    else:
        judged = f"{use.fit.name} is later asked about rows it was learnt from"
        used = f"{use.fit.name} is asked about rows that were seen"
    sentence = f"{learning.what} {what}; {judged}."
    return Draft(
        severity=severity,
        line=learning.line,
        sentence=sentence,
        flow=told(learning, use, f"{learning.what} looks at all of these rows", used),
        fix=fix,
    )


def first(scorings: Iterable[Scoring]) -> list[Scoring]:
    """One scoring of each fit."""
    seen: dict[int, Scoring] = {}
    for scoring in scorings:
        seen.setdefault(id(scoring.fit), scoring)
    return list(seen.values())
