"""Columns chosen with the help of rows that are held out later."""

from __future__ import annotations

from specweave.leakage.code.finding import Draft
from specweave.leakage.code.flows import before_the_split
from specweave.leakage.code.knowledge import SELECT
from specweave.leakage.code.trace import Trace


class SelectionBeforeSplit:
    """Features are selected on all rows, the target of held-out rows included."""

    code = "selection-before-split"
    title = "Feature selection before the split"

    def examine(self, trace: Trace) -> list[Draft]:
        return before_the_split(
            trace,
            frozenset({SELECT}),
            what="chooses columns with rows that are held out later",
            fix="Make the selection a step of a Pipeline, so that it sees the training rows of each split only.",
            grave_in_folds=True,
        )
