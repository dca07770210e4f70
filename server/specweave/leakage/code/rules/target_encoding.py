"""Means of the target that contain the answers of the rows they describe."""

from __future__ import annotations

from dataclasses import replace

from specweave.leakage.code.finding import Draft
from specweave.leakage.code.flows import before_the_split
from specweave.leakage.code.knowledge import STATISTIC, TARGET_ENCODE
from specweave.leakage.code.trace import Trace
from specweave.leakage.code.values import Learning


class TargetEncoding:
    """Categories are replaced by averages of the target over rows that are held out later."""

    code = "target-encoding"
    title = "Target encoding over held-out rows or without folds"

    def examine(self, trace: Trace) -> list[Draft]:
        targets = trace.targets()
        return before_the_split(
            _renamed(trace, targets),
            frozenset({TARGET_ENCODE}),
            what="averages the target over rows that are held out later",
            fix="Encode inside a Pipeline with sklearn.preprocessing.TargetEncoder, which fits on training rows and crosses its folds.",
            grave_in_folds=True,
        )


def _renamed(trace: Trace, targets: set[str]) -> Trace:
    """The trace with averages of a target column called what they are."""

    def kind(learning: Learning) -> Learning:
        is_target = learning.kind == STATISTIC and learning.column in targets
        return replace(learning, kind=TARGET_ENCODE) if is_target else learning

    fits = {id(fit): replace(fit, learned=frozenset(map(kind, fit.learned))) for fit in trace.fits}
    uses = {
        id(use): replace(
            use,
            fit=fits.get(id(use.fit), use.fit),
            data=replace(use.data, learned=frozenset(map(kind, use.data.learned))),
        )
        for use in trace.uses
    }
    scorings = [replace(s, use=uses.get(id(s.use), s.use)) for s in trace.scorings]
    validations = [
        replace(v, data=replace(v.data, learned=frozenset(map(kind, v.data.learned)))) for v in trace.validations
    ]
    return replace(
        trace, fits=list(fits.values()), uses=list(uses.values()), scorings=scorings, validations=validations
    )
