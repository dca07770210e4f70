"""Scaling, imputing, reducing, vectorising, binning or averaging over rows that are held out later."""

from __future__ import annotations

from specweave.leakage.code.finding import Draft
from specweave.leakage.code.flows import before_the_split
from specweave.leakage.code.knowledge import UNSUPERVISED
from specweave.leakage.code.trace import Trace


class PreprocessingBeforeSplit:
    """A transformation learns from all rows before some of them are held out."""

    code = "preprocessing-before-split"
    title = "Preprocessing fitted before the split"

    def examine(self, trace: Trace) -> list[Draft]:
        targets = trace.targets()
        drafts = before_the_split(
            trace,
            UNSUPERVISED,
            what="is computed over all rows before they are split",
            fix="Split first and fit the step on the training rows only; best inside a Pipeline given to fit and cross_val_score.",
            grave_in_folds=False,
        )
        target_means = {
            learning.line
            for fit in trace.fits
            for learning in fit.learned
            if learning.column in targets and learning.kind == "statistic"
        }
        return [draft for draft in drafts if draft.line not in target_means]
