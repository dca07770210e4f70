"""Training stops when the score on the test rows is best, and that score is reported."""

from __future__ import annotations

from specweave.leakage.code.finding import Draft
from specweave.leakage.code.flows import loaded
from specweave.leakage.code.trace import Scoring, Trace
from specweave.leakage.code.values import meet


class EarlyStoppingOnTest:
    """The rows that stop the training are the rows the model is judged on."""

    code = "early-stopping-on-test"
    title = "Early stopping on the test rows"

    def examine(self, trace: Trace) -> list[Draft]:
        found: dict[int, Draft] = {}
        for scoring in trace.held_out():
            fit = scoring.fit
            if fit.early and fit.watched is not None and meet(fit.watched.parts, scoring.data.parts):
                found.setdefault(fit.line, _draft(scoring))
        return list(found.values())


def _draft(scoring: Scoring) -> Draft:
    fit = scoring.fit
    return Draft(
        severity="certain",
        line=fit.line,
        sentence=f"{fit.name} stops training by the rows on which it is judged afterwards.",
        flow=tuple(
            sorted(
                {
                    *loaded(scoring.data.parts),
                    (fit.line, "training stops by the score on the held-out rows"),
                    (scoring.line, f"{scoring.how} reports the score on the same rows"),
                }
            )
        ),
        fix="Stop by validation rows split off from the training rows, and judge on rows that neither trained nor stopped.",
    )
