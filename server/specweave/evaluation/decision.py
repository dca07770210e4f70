"""What the model's answers are worth under the costs of spec.md, at its own threshold and at the cheapest."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from specweave.errors import SpecweaveError
from specweave.evaluation.costs import (
    CostCurve,
    ThresholdJudged,
    compare_values,
    cost_curve,
    expected_value,
    judged_threshold,
    threshold_for_costs,
)
from specweave.metrics import Comparison, Estimate, Predictions
from specweave.problem import Costs
from specweave.visuals import PALETTE, figure


class Decision(BaseModel):
    """The expected value of a row, against the baseline's, and at the threshold with the least cost out of fold.

    `note` says why something of this is missing.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    value: Estimate | None = None
    against_baseline: Comparison | None = None
    cheapest: ThresholdJudged | None = None
    curve: CostCurve | None = None
    note: str = ""


def decision(
    costs: Costs | None, held_out: Predictions | None, mine: Predictions, baseline: Predictions | None
) -> Decision | None:
    """The facts, or nothing without costs. Never raises: the look at the sealed rows has been taken by now."""
    if costs is None:
        return None
    try:
        found = Decision(
            value=expected_value(mine, costs),
            against_baseline=None if baseline is None else compare_values(mine, baseline, costs),
        )
    except SpecweaveError as error:
        return Decision(note=str(error))
    try:
        curve = cost_curve(mine, costs)
        if held_out is None:
            return found.model_copy(update={"curve": curve, "note": "the experiment has no out-of-fold predictions"})
        cheapest = judged_threshold(threshold_for_costs(held_out, costs), mine, costs)
        return found.model_copy(update={"curve": curve, "cheapest": cheapest})
    except SpecweaveError as error:
        return found.model_copy(update={"note": error.what})


def cost_figure(found: Decision, threshold: float | None) -> Any:
    """The mean cost of a row over the threshold, with the thresholds that were chosen without these rows."""
    curve = found.curve
    assert curve is not None
    made, axes = figure(8.0, 5.5)
    axes.plot(curve.thresholds, curve.cost, color=PALETTE[0], label="mean cost of a row")
    axes.fill_between(curve.thresholds, curve.low, curve.high, color=PALETTE[0], alpha=0.2, linewidth=0)
    marks = [(threshold, "the model's threshold", ":")]
    if found.cheapest is not None:
        marks.append((found.cheapest.choice.threshold, "least cost out of fold", "--"))
    for at, label, style in marks:
        if at is not None:
            axes.axvline(min(at, 1.0), color="black", linewidth=1.2, linestyle=style, label=f"{label}, {at:.3g}")
    axes.set(xlabel="threshold on the probability", ylabel="cost of a row, in the unit of spec.md", xlim=(0, 1))
    axes.set_title(f"Cost over the threshold, n = {curve.n:,}, pointwise 95 % band")
    axes.legend(loc="best")
    return made
