"""The answer is among the columns a model learns from."""

from __future__ import annotations

from specweave.leakage.code.finding import Draft
from specweave.leakage.code.flows import loaded
from specweave.leakage.code.trace import Fit, Trace


class TargetInFeatures:
    """The features are the whole table, and the target is one of its columns, or a column holds it on another scale or in a moving average."""

    code = "target-in-features"
    title = "Target among the features"

    def examine(self, trace: Trace) -> list[Draft]:
        return [_draft(fit) for fit in trace.fits if fit.role == "model" and _holds_its_target(fit)]


def _holds_its_target(fit: Fit) -> bool:
    target = fit.target
    if target is None or target.column is None or not target.table or target.table != fit.data.table:
        return False
    if fit.data.column is not None or target.future or target.parts != fit.data.parts:
        return False
    same = {old for new, old in fit.data.made_of if new == target.column}
    made = {new for new, old in fit.data.made_of if old == target.column}
    return any(fit.data.has(name) is True for name in (target.column, *same)) or any(
        fit.data.keeps(name) for name in made
    )


def _draft(fit: Fit) -> Draft:
    name = fit.target.column if fit.target is not None else ""
    return Draft(
        severity="certain",
        line=fit.line,
        sentence=f"{fit.name} learns from a table that still holds its target {name}.",
        flow=(*loaded(fit.parts), (fit.line, f"{name} is both target and feature")),
        fix=f"Drop {name} from the features before fitting.",
    )
