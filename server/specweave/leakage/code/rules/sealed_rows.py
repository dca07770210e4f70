"""Code that opens the sealed test set by itself."""

from __future__ import annotations

from specweave.leakage.code.finding import Draft
from specweave.leakage.code.trace import Trace


class SealedRows:
    """The rows sealed for the last judgement are read by a script or notebook."""

    code = "sealed-rows"
    title = "Sealed test rows read"

    def examine(self, trace: Trace) -> list[Draft]:
        return [
            Draft(
                severity="certain",
                line=read.line,
                sentence=f"{read.what} names the sealed test rows, which only evaluate_model may open, against a counted look.",
                flow=((read.line, "the sealed rows are read here"),),
                fix="Read data/training.parquet, and judge with evaluate_model or ModelEvaluator.",
            )
            for read in trace.sealed
        ]
