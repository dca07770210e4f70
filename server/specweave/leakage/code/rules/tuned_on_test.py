"""Hyperparameters searched on rows that are held out afterwards."""

from __future__ import annotations

from specweave.leakage.code.finding import Draft
from specweave.leakage.code.flows import before_the_split
from specweave.leakage.code.knowledge import TUNE
from specweave.leakage.code.trace import Trace


class TunedOnTest:
    """A search saw the rows on which its best parameters are judged."""

    code = "tuned-on-test"
    title = "Tuned on rows that are held out afterwards"

    def examine(self, trace: Trace) -> list[Draft]:
        drafts = before_the_split(
            trace,
            frozenset({TUNE}),
            what="was found with rows that are held out afterwards",
            fix="Run the search on the training rows only; to judge tuning and model together, put the search into cross_val_score.",
            grave_in_folds=False,
        )
        return [*drafts, *_on_held_out_rows(trace)]


def _on_held_out_rows(trace: Trace) -> list[Draft]:
    """Parameters found on the held-out rows themselves, given to a model fitted on the training rows."""
    return [
        Draft(
            severity="certain",
            line=learning.line,
            sentence=f"{learning.what} was found on the held-out rows on which {scoring.fit.name} is judged.",
            flow=(
                (learning.line, "the search looks at the held-out rows"),
                (scoring.line, "its result is judged on them"),
            ),
            fix="Run the search on the training rows only.",
        )
        for scoring in trace.held_out()
        for learning in scoring.fit.learned
        if learning.kind == TUNE and learning.parts <= scoring.data.parts
    ]
