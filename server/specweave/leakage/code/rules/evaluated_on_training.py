"""The only scores are those on the rows a model was fitted on."""

from __future__ import annotations

from specweave.leakage.code.finding import Draft
from specweave.leakage.code.flows import first, loaded
from specweave.leakage.code.trace import Trace, is_test_side
from specweave.leakage.code.values import inside


class EvaluatedOnTraining:
    """Nothing in the file judges a model on rows it has not learnt from."""

    code = "evaluated-on-training"
    title = "Evaluated on the training rows only"

    def examine(self, trace: Trace) -> list[Draft]:
        if trace.honest():
            return []
        scored = [s for s in first(trace.scorings) if s.fit.supervised and s.fit.role == "model"]
        return [
            Draft(
                severity="certain",
                line=scoring.line,
                sentence=f"{scoring.how} judges {scoring.fit.name} on the rows it was fitted on, and nothing is held out.",
                flow=(
                    *loaded(scoring.fit.parts),
                    (scoring.fit.line, f"{scoring.fit.name} learns from these rows"),
                    (scoring.line, "and is judged on the same rows"),
                ),
                fix="Hold rows out with train_test_split, or judge with cross_val_score.",
            )
            for scoring in scored
            if inside(scoring.data.parts, scoring.fit.parts) and not all(map(is_test_side, scoring.data.parts))
        ]
