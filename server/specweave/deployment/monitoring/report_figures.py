"""The pictures of a monitoring report."""

from __future__ import annotations

from typing import Any

import numpy as np

from specweave.deployment.monitoring.report_result import MonitoringReport
from specweave.visuals import PALETTE, figure

MOST_SERIES = 20
DARKEST = 3


def drift_map(found: MonitoringReport) -> Any:
    """Each series over the periods, in units of its limit; what is beyond it is written out. Worst series first."""
    worst = {name: max(one.severity[name] for one in found.periods) for name in found.periods[0].severity}
    names = sorted(worst, key=worst.__getitem__, reverse=True)[:MOST_SERIES]
    cells = np.array([[one.severity[name] for one in found.periods] for name in names])
    made, axes = figure(9.5, 1.8 + 0.36 * len(names))
    shown = axes.imshow(cells, aspect="auto", cmap="OrRd", vmin=0, vmax=DARKEST)
    axes.grid(visible=False)
    axes.set_yticks(range(len(names)), names)
    axes.set_xticks(range(len(found.periods)), [one.start for one in found.periods], rotation=45, ha="right")
    for row, column in zip(*np.nonzero(cells > 1), strict=True):
        ink = "white" if cells[row, column] > 0.6 * DARKEST else "black"
        axes.text(column, row, f"{cells[row, column]:.1f}", ha="center", va="center", fontsize=10, color=ink)
    made.colorbar(shown, ax=axes, label="drift (1 is the limit)", extend="max")
    axes.set_title("Drift against training, by stretch of the log")
    return made


def performance(found: MonitoringReport) -> Any:
    """The metric over time with intervals, beside the sealed evaluation's."""
    made, axes = figure(9.0, 5.0)
    sealed = found.sealed
    if sealed is not None and sealed.value is not None:
        axes.axhline(sealed.value, color=PALETTE[7], linewidth=1.2, label="sealed evaluation")
        if sealed.low is not None and sealed.high is not None:
            axes.axhspan(sealed.low, sealed.high, color=PALETTE[7], alpha=0.12, linewidth=0)
    colours = {"worse": PALETTE[3], "better": PALETTE[2], "within noise": PALETTE[0], "not known": PALETTE[5]}
    for verdict, colour in colours.items():
        places = [
            i for i, one in enumerate(found.over_time) if one.verdict == verdict and one.estimate.value is not None
        ]
        if not places:
            continue
        chosen = [found.over_time[i].estimate for i in places]
        values = np.array([one.value for one in chosen], dtype=np.float64)
        ends = np.array([[one.low, one.high] for one in chosen], dtype=np.float64).T
        errors = np.nan_to_num(np.abs(ends - values))
        axes.errorbar(places, values, yerr=errors, fmt="o", capsize=4, color=colour, label=verdict)
    axes.set_xticks(range(len(found.over_time)), [one.start for one in found.over_time], rotation=45, ha="right")
    axes.set(ylabel=found.metric, title=f"{found.metric} of rows whose label has arrived")
    axes.legend(loc="best")
    return made
