"""Copies or made-up neighbours of rows on both sides of a later split."""

from __future__ import annotations

from specweave.leakage.code.finding import Draft
from specweave.leakage.code.flows import before_the_split
from specweave.leakage.code.knowledge import RESAMPLE, UNDERSAMPLE
from specweave.leakage.code.trace import Trace

_FIX = (
    "Split first and resample the training rows only; within a cross-validation use imblearn.pipeline.Pipeline, which "
    "leaves the held-out rows of each fold as they are."
)


class ResamplingBeforeSplit:
    """Rows are oversampled before the split or outside the folds."""

    code = "resampling-before-split"
    title = "Resampling before the split or outside the folds"

    def examine(self, trace: Trace) -> list[Draft]:
        copies = before_the_split(
            trace,
            frozenset({RESAMPLE}),
            what="makes copies or neighbours of rows that are held out later",
            fix=_FIX,
            grave_in_folds=True,
        )
        fewer = before_the_split(
            trace,
            frozenset({UNDERSAMPLE}),
            what="changes how often each class occurs among the rows that are held out later",
            fix=_FIX,
            grave_in_folds=True,
        )
        return [*copies, *(draft.model_copy(update={"severity": "note"}) for draft in fewer)]
