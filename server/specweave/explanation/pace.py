"""How often a model can be asked in the time an explanation may take; a slow one is asked less, and that is said."""

from __future__ import annotations

import time
from dataclasses import replace

from specweave.explanation.subject import Subject
from specweave.rendering import number, seconds

# What questions to the model may take in all; a usual model needs a few seconds of it.
BUDGET = 180.0
_LONG_ENOUGH = 0.5
# Questions come by the thousands, so a call costs little beside its rows.
_MOST_TRIED = 2_000


def paced(subject: Subject, *, budget: float = BUDGET) -> Subject:
    """The subject with a `pace` below 1 and a caution where the usual questions would take longer than the budget."""
    each = seconds_a_row(subject)
    questions = usual_questions(subject)
    needed = each * questions
    if needed <= budget:
        return subject
    caution = (
        f"the model answers {number(1 / each, 2)} rows a second, and the usual {number(questions, 2)} questions would take "
        f"{seconds(needed)}; it was asked about {number(100 * budget / needed, 2)} % of them, so intervals and errors are wider."
    )
    return replace(subject, pace=budget / needed, cautions=(*subject.cautions, caution))


def seconds_a_row(subject: Subject) -> float:
    """Measured on more and more rows, until it takes long enough to be told from the cost of one call."""
    n, took = 10, 0.0
    while True:
        rows = subject.background.iloc[[at % len(subject.background) for at in range(n)]]
        began = time.perf_counter()
        subject.score(rows)
        took = time.perf_counter() - began
        if took >= _LONG_ENOUGH or n >= _MOST_TRIED:
            return took / n
        n *= 2


def usual_questions(subject: Subject) -> int:
    """About how many rows an explanation asks about, sampled contributions included."""
    p, n = len(subject.columns), len(subject.held_out)
    shuffling = 0 if subject.truth is None else p * 4 * min(n, 5_000)
    dependence = min(p, 20) * 16 * min(n, 250)
    return shuffling + dependence + 60 * p * min(n, 200) + 100_000
