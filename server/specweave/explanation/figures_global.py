"""The figures of a whole model: importance, contributions row by row, dependence with the data behind it, local effects."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.explanation.figures_dependence import dependence_figure, effects_figure
from specweave.explanation.global_facts import ColumnImportance, GlobalFacts
from specweave.explanation.scales import is_number
from specweave.visuals import PALETTE, figure, whole_numbers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from specweave.explanation.attribution.result import Attribution
    from specweave.explanation.globally import GlobalPart

IMPORTANCE, SUMMARY, PLOTS = "feature-importance.png", "shap-summary.png", "pdp-plots"
MOST_COLUMNS = 15
MOST_POINTS = 600
MOST_PLOTS = 8
# A column with a smaller part of all contributions gets no plot of its own.
_PLOTTED = 0.01
_LIGHTEST = 0.93
_CAPTIONS = {
    IMPORTANCE: "Importance: what shuffling a column costs on rows the model has not seen, with intervals, beside its part of all "
    "contributions and the model's own importance.",
    SUMMARY: "Contributions (SHAP values): each dot is one row; blue is a low value of the column, yellow a high one, grey what has no order.",
}


@dataclass(frozen=True, eq=False)
class Plot:
    """A figure still to be drawn: `draw(*of)` gives it."""

    draw: Callable[..., Figure]
    of: tuple[Any, ...]


def global_plots(part: GlobalPart) -> dict[str, Plot]:
    """The figures that apply, by file name below the reports; the dependence plots of the columns that count most."""
    facts = part.facts
    made = {
        IMPORTANCE: Plot(importance_figure, (facts,)),
        SUMMARY: Plot(summary_figure, (facts, part.attribution, part.rows)),
    }
    shown = {one.column for one in facts.columns if one.share >= _PLOTTED}
    drawn = [one for one in facts.dependence if one.points and one.column in shown][:MOST_PLOTS]
    for one in drawn:
        made[f"{PLOTS}/{_file_name(one.column)}.png"] = Plot(dependence_figure, (one, facts))
    for effects in facts.local_effects:
        if effects.column in {one.column for one in drawn}:
            made[f"{PLOTS}/{_file_name(effects.column)}-local-effects.png"] = Plot(effects_figure, (effects, facts))
    return made


def caption(name: str) -> str:
    """What a reader needs to know of the figure of this file name."""
    if name in _CAPTIONS:
        return _CAPTIONS[name]
    column = name.removeprefix(f"{PLOTS}/").removesuffix(".png")
    if column.endswith("-local-effects"):
        return f"Accumulated local effects of {column.removesuffix('-local-effects')}: to be read where columns go together."
    return (
        f"Dependence on {column}: the average answer (thick) and single rows (thin) when the column has this value; below, the share "
        "of the data there. Where there are few rows the curve is a guess of the model."
    )


def _file_name(column: str) -> str:
    """A column's name as a file name; what no file system takes becomes a hyphen."""
    return re.sub(r"[^\w.() -]+", "-", column).strip("-. ")[:80] or "column"


def importance_figure(facts: GlobalFacts) -> Figure:
    """Loss by shuffling with intervals on the left, where it was measured; shares on the right."""
    shown = list(facts.columns[:MOST_COLUMNS])[::-1]
    measured = facts.permutation is not None
    made, axes = figure(12.0 if measured else 8.5, 1.6 + 0.4 * len(shown), ncols=2 if measured else 1, sharey=True)
    left, right = axes if measured else (None, axes)
    if left is not None:
        _losses(left, shown, facts)
    _shares(right, shown)
    (left or right).set_yticks(range(len(shown)), [_short(one.column) for one in shown])
    return made


def _losses(axes: Any, shown: list[ColumnImportance], facts: GlobalFacts) -> None:
    for place, one in enumerate(shown):
        if one.loss is None or one.low is None or one.high is None:
            continue
        colour = PALETTE[0] if one.matters else "#999999"
        axes.barh(place, one.loss, color=colour, height=0.6)
        axes.plot([one.low, one.high], [place, place], color="#000000", linewidth=1.5)
    axes.axvline(0, color="#666666", linewidth=1)
    whole_numbers(axes.xaxis)
    axes.set_xlabel(
        f"growth of {facts.permutation.loss if facts.permutation else 'the loss'}\nwhen shuffled (grey: not beyond chance)"
    )
    axes.set_title("Shuffling", loc="left")


def _shares(axes: Any, shown: list[ColumnImportance]) -> None:
    places = np.arange(len(shown))
    own = [one.own for one in shown]
    known = any(value is not None for value in own)
    height = 0.36 if known else 0.6
    axes.barh(
        places + (height / 2 if known else 0),
        [100 * one.share for one in shown],
        height,
        color=PALETTE[1],
        label="contributions",
    )
    if known:
        axes.barh(
            places - height / 2,
            [100 * (value or 0) for value in own],
            height,
            color=PALETTE[5],
            label="the model's own",
        )
        axes.legend(loc="lower right")
    axes.set_xlabel("% of all columns")
    axes.set_title("Shares", loc="left")


def summary_figure(facts: GlobalFacts, found: Attribution, rows: pd.DataFrame) -> Figure:
    """A dot a row and column; for several classes the mean size of contributions, stacked by class."""
    shown = [one.column for one in facts.columns[:MOST_COLUMNS]][::-1]
    made, axes = figure(10.0, 1.8 + 0.45 * len(shown))
    if found.values.ndim == 3:  # noqa: PD011 (an array of our own)
        _stacked(axes, shown, found)
    else:
        _dots(axes, shown, found, rows)
    axes.set_yticks(range(len(shown)), [_short(name) for name in shown])
    return made


def _stacked(axes: Any, shown: list[str], found: Attribution) -> None:
    sizes = np.abs(found.values).mean(axis=0)
    start = np.zeros(len(shown))
    at = [found.columns.index(name) for name in shown]
    for place, name in enumerate(found.classes):
        axes.barh(range(len(shown)), sizes[at, place], left=start, label=name, color=PALETTE[place % len(PALETTE)])
        start += sizes[at, place]
    whole_numbers(axes.xaxis)
    axes.set_xlabel(f"mean size of contributions to each class ({found.space})")
    axes.legend(loc="lower right")


def _dots(axes: Any, shown: list[str], found: Attribution, rows: pd.DataFrame) -> None:
    import matplotlib as mpl

    rng = np.random.default_rng(0)
    chosen = np.arange(len(found)) if len(found) <= MOST_POINTS else rng.choice(len(found), MOST_POINTS, replace=False)
    # The lightest end would not be seen on white.
    colours = mpl.colormaps["viridis"].resampled(256)
    colours = mpl.colors.ListedColormap(colours(np.linspace(0.0, _LIGHTEST, 256)))
    for place, name in enumerate(shown):
        amounts = found.values[chosen, found.columns.index(name)]  # noqa: PD011 (an array of our own)
        ranks = _ranks(rows[name].iloc[chosen])
        colour = "#999999" if ranks is None else colours(ranks)
        axes.scatter(amounts, place + _spread(amounts, rng), s=9, c=colour, alpha=0.8, linewidths=0)
    axes.axvline(0, color="#666666", linewidth=1)
    whole_numbers(axes.xaxis)
    axes.set_xlabel(f"contribution ({found.space})")
    key = axes.figure.colorbar(mpl.cm.ScalarMappable(cmap=colours), ax=axes, pad=0.01, aspect=40)
    key.set_ticks([0, 1], labels=["low", "high"])
    key.set_label("value of the column (grey: a category or date)")
    key.outline.set_visible(False)


def _ranks(values: pd.Series) -> NDArray[np.float64] | None:
    """Between 0 for the lowest and 1 for the highest; None for what has no order."""
    if not is_number(values):
        return None
    return np.asarray(values.rank(pct=True).fillna(0.0), dtype=np.float64)


def _spread(amounts: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Up and down by how crowded a place is, so that equal values form a bulge."""
    if np.ptp(amounts) == 0:
        return rng.uniform(-0.05, 0.05, len(amounts))
    counts, edges = np.histogram(amounts, bins=40)
    crowd = counts[np.clip(np.searchsorted(edges, amounts) - 1, 0, 39)] / counts.max()
    return rng.uniform(-0.4, 0.4, len(amounts)) * np.asarray(crowd, dtype=np.float64)


def _short(name: str, longest: int = 30) -> str:
    return name if len(name) <= longest else name[: longest - 1] + "…"
