"""Training stops when the score on the test rows is best, and that score is reported."""

from __future__ import annotations

from specweave.leakage.code.finding import Draft
from specweave.leakage.code.flows import loaded
from specweave.leakage.code.trace import Scoring, Trace
from specweave.leakage.code.values import meet


class EarlyStoppingOnTest:
    """The rows that stop the training are the rows the model is judged on, and no others are judged on."""

    code = "early-stopping-on-test"
    title = "Early stopping on the test rows"

    def examine(self, trace: Trace) -> list[Draft]:
        held_out = list(trace.held_out())
        judged = {scoring.data.parts for scoring in held_out}
        found: dict[int, Draft] = {}
        for scoring in held_out:
            fit = scoring.fit
            if not fit.early or fit.watched is None or not meet(fit.watched.parts, scoring.data.parts):
                continue
            if not any(not meet(parts, fit.watched.parts) for parts in judged):
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
