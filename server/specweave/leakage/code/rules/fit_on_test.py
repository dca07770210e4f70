"""Something is fitted on the rows kept for judging."""

from __future__ import annotations

from specweave.leakage.code.finding import Draft
from specweave.leakage.code.flows import first, loaded
from specweave.leakage.code.knowledge import ENCODE, STATISTIC, UNSUPERVISED
from specweave.leakage.code.trace import Trace, is_test_side
from specweave.leakage.code.values import inside, meet

_LEARNS = UNSUPERVISED | {ENCODE, "select", "target-encode", "resample"}


class FitOnTest:
    """A transformer or a model learns from the held-out rows themselves."""

    code = "fit-on-test"
    title = "Fitted on the held-out rows"

    def examine(self, trace: Trace) -> list[Draft]:
        return [*self._transformers(trace), *self._models(trace)]

    def _transformers(self, trace: Trace) -> list[Draft]:
        drafts = []
        for scoring in trace.held_out():
            for learning in scoring.data.learned - scoring.fit.learned:
                alone = inside(learning.parts, scoring.data.parts) and not meet(learning.parts, scoring.fit.parts)
                if learning.kind in _LEARNS and alone and learning.kind != STATISTIC:
                    drafts.append(
                        Draft(
                            severity="certain",
                            line=learning.line,
                            sentence=f"{learning.what} is fitted on the held-out rows, so they are not transformed as the training rows were.",
                            flow=tuple(
                                sorted(
                                    {
                                        *loaded(learning.parts),
                                        (learning.line, f"{learning.what} learns from the held-out rows"),
                                        (scoring.line, f"{scoring.fit.name} is judged on them"),
                                    }
                                )
                            ),
                            fix="Call transform on the held-out rows, with what was fitted on the training rows.",
                        )
                    )
        return drafts

    def _models(self, trace: Trace) -> list[Draft]:
        judged = [s for s in first(trace.scorings) if s.fit.supervised and s.fit.role == "model"]
        wrong = [
            s
            for s in judged
            if s.fit.parts and all(map(is_test_side, s.fit.parts)) and inside(s.data.parts, s.fit.parts)
        ]
        return [
            Draft(
                severity="certain",
                line=scoring.fit.line,
                sentence=f"{scoring.fit.name} is fitted on the held-out rows and judged on them.",
                flow=(
                    *loaded(scoring.fit.parts),
                    (scoring.fit.line, f"{scoring.fit.name} learns from the held-out rows"),
                    (scoring.line, "and is judged on the same rows"),
                ),
                fix="Fit on the training rows.",
            )
            for scoring in wrong
        ]
