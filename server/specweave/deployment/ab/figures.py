"""The course of an A/B test as a picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from specweave.deployment.ab.result import ABAnalysis
from specweave.visuals import PALETTE, figure


def course(found: ABAnalysis) -> Any:
    """The difference and its always-valid interval over the units; nothing there where there is no interval yet."""
    units = np.array([moment.units for moment in found.over_time])
    shown = np.array([moment.low is not None for moment in found.over_time])
    made, axes = figure(9.0, 5.0)
    axes.axhline(0, color="black", linewidth=1)
    if found.smallest is not None:
        sign = 1 if found.better == "higher" else -1
        axes.axhline(
            sign * found.smallest, color=PALETTE[2], linewidth=1.2, linestyle="--", label="smallest that matters"
        )
    low, high, difference = (
        np.array([getattr(moment, name) for moment in found.over_time], dtype=np.float64)
        for name in ("low", "high", "difference")
    )
    if shown.any():
        axes.fill_between(
            units[shown], low[shown], high[shown], color=PALETTE[5], alpha=0.4, label="always-valid interval"
        )
        axes.plot(units[shown], difference[shown], color=PALETTE[0], label="difference")
        # The first intervals are wide and would flatten all that follows.
        late = shown & (units >= 0.15 * units[-1]) if (shown & (units >= 0.15 * units[-1])).any() else shown
        ends = [*low[late], *high[late], 0.0]
        pad = 0.08 * (max(ends) - min(ends))
        axes.set_ylim(min(ends) - pad, max(ends) + pad)
    if found.primary.kind == "proportion":
        from matplotlib.ticker import PercentFormatter

        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set(xlabel="units in the test", ylabel=f"{found.primary.outcome}: new − old model")
    axes.set_title(f"Difference in {found.primary.outcome} as units came in: {found.decision}")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="best")
    else:
        axes.text(0.5, 0.6, "too few units for an interval yet", ha="center", transform=axes.transAxes)
    return made
