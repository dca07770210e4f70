"""Features made of later rows."""

from __future__ import annotations

from specweave.leakage.code.finding import Draft
from specweave.leakage.code.trace import Trace


class FutureValues:
    """A column holds values of rows that come later, and the model sees it."""

    code = "future-values"
    title = "Features taken from later rows"

    def examine(self, trace: Trace) -> list[Draft]:
        targets = trace.targets()
        looked = [(fit.data, fit.line) for fit in trace.fits if fit.role == "model"]
        looked += [(validation.data, validation.line) for validation in trace.validations]
        found: dict[int, Draft] = {}
        for data, line in looked:
            for column, made in data.future:
                if column and column not in targets:
                    found.setdefault(made, _draft(column, made, line))
        return list(found.values())


def _draft(column: str, made: int, used: int) -> Draft:
    return Draft(
        severity="certain",
        line=made,
        sentence=f"The column {column} holds values of later rows, which are not known when the model is used.",
        flow=((made, f"{column} is taken from later rows"), (used, "the model learns from it")),
        fix="Use earlier rows only: shift with a positive number, rolling without center; drop the column if it is the target.",
    )
