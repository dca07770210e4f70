"""The pictures of a comparison: values with intervals, params beside the value they led to, learning curves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from specweave.comparison.result import Compared, ExperimentComparison
from specweave.rendering import number
from specweave.visuals import PALETTE, figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# To be raised whenever the same content is drawn in another way.
DRAWN_AS = 1
MOST_BARS = 30
MOST_LINES = 30
MOST_AXES = 8
MOST_VALUES = 8
_COLOURS = {"best": PALETTE[3], "within noise": PALETTE[1], "baseline": PALETTE[7], "other": PALETTE[0]}


@dataclass(frozen=True)
class Planned:
    """A figure that applies: its caption, a hash of all that is drawn in it, and the drawing."""

    caption: str
    content: str
    draw: Callable[[], Figure]


def plan_figures(found: ExperimentComparison) -> dict[str, Planned]:
    """Figures that apply, by file name; none is drawn yet, as one whose content is unchanged need not be."""
    rows = found.comparable
    planned: dict[str, Planned] = {}
    if rows:
        shown = _best_and_baseline(found)
        caption = f"{found.metric_title} out of fold with {round(found.level * 100)} % intervals."
        if len(rows) > len(shown):
            caption += f" The best {MOST_BARS} of {len(rows):,}" + (
                " and the best baseline." if found.baseline else "."
            )
        planned["comparison-intervals.png"] = Planned(caption, _content(found, shown), lambda: intervals(found))
    best = rows[:MOST_LINES]
    axes = parameter_axes(best)
    if len(rows) > 2 and len(axes) > 1:
        caption = "Parallel coordinates: a line is an experiment, from its params to the value they led to."
        if len(rows) > MOST_LINES:
            caption += f" The best {MOST_LINES} of {len(rows):,}."
        planned["comparison-parameters.png"] = Planned(
            caption, _content(found, best), lambda: parallel_coordinates(found, axes)
        )
    curved = [one for one in rows if len(one.history) > 1]
    if curved:
        planned["comparison-curves.png"] = Planned(
            f"{found.metric_title} step by step as the run logged it (for trained candidates a step is a fold).",
            _content(found, curved),
            lambda: learning_curves(found, curved),
        )
    return planned


def _best_and_baseline(found: ExperimentComparison) -> list[Compared]:
    rows = found.comparable
    return [*rows[:MOST_BARS], *(one for one in rows[MOST_BARS:] if one.experiment == found.baseline)]


def _content(found: ExperimentComparison, rows: Sequence[Compared]) -> str:
    facts = [found.metric_title, str(found.greater_is_better), str(found.best), str(found.baseline), str(DRAWN_AS)]
    return hashlib.sha256("\n".join([*facts, *(one.as_json() for one in rows)]).encode()).hexdigest()


def standing(one: Compared, found: ExperimentComparison) -> str:
    """best, within noise (of the best), baseline or other."""
    if one.experiment == found.best:
        return "best"
    if one.kind == "baseline":
        return "baseline"
    near = one.against_best is not None and one.against_best.verdict == "within noise"
    return "within noise" if near else "other"


def intervals(found: ExperimentComparison) -> Figure:
    """Values with their intervals, best on top, and the best baseline as a line."""
    rows = _best_and_baseline(found)
    made, axes = figure(9, 1.8 + 0.36 * len(rows))
    labels = {"best": "best", "within noise": "within noise of the best", "other": "worse than the best", "baseline": "baseline"}  # fmt: skip
    shown: set[str] = set()
    for place, one in enumerate(rows):
        kind = standing(one, found)
        value = one.value or 0.0
        low, high = (value if one.low is None else one.low), (value if one.high is None else one.high)
        axes.errorbar(
            value,
            place,
            xerr=[[max(value - low, 0)], [max(high - value, 0)]],
            fmt="s" if kind == "baseline" else "o",
            color=_COLOURS[kind],
            capsize=3,
            label=None if kind in shown else labels[kind],
        )
        shown.add(kind)
    axes.set_yticks(range(len(rows)), [_short(one.experiment) for one in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    reference = next((one for one in rows if one.experiment == found.baseline), None)
    if reference is not None and reference.value is not None:
        axes.axvline(reference.value, color=_COLOURS["baseline"], linewidth=1, linestyle=":")
    axes.set_xlabel(f"{found.metric_title} ({'greater' if found.greater_is_better else 'smaller'} is better)")
    axes.grid(visible=False, axis="y")
    made.legend(loc="outside lower center", ncols=2)
    return made


def parameter_axes(rows: Sequence[Compared]) -> list[tuple[str, list[Any]]]:
    """Params that differ between the rows, the most filled first, with their distinct values in order."""
    names = dict.fromkeys(name for one in rows for name in one.params)
    found = []
    for name in names:
        given = [one.params[name] for one in rows if _plain(one.params.get(name))]
        distinct = _ordered(given)
        if len(distinct) > 1 and len(given) > 1 and (len(distinct) <= MOST_VALUES or _numeric(distinct)):
            found.append((name, distinct, len(given)))
    found.sort(key=lambda axis: -axis[2])
    return [(name, distinct) for name, distinct, _ in found[: MOST_AXES - 1]]


def parallel_coordinates(found: ExperimentComparison, parameters: list[tuple[str, list[Any]]]) -> Figure:
    """One line an experiment through its params to its value; a param it does not have lies on the lowest place."""
    import matplotlib as mpl

    rows = [one for one in found.comparable[:MOST_LINES] if one.value is not None]
    made, axes = figure(max(8.0, 1.9 * (len(parameters) + 1)), 5.5)
    values = np.array([one.value for one in rows], dtype=float)
    span = float(np.ptp(values)) or 1.0
    heights = (values - values.min()) / span
    merit = heights if found.greater_is_better else 1 - heights
    colours = mpl.colormaps["cividis"]
    for place in np.argsort(merit):
        one = rows[place]
        points = [_height(one.params.get(name), distinct) for name, distinct in parameters]
        best = one.experiment == found.best
        axes.plot(
            [*points, heights[place]],
            color=_COLOURS["best"] if best else colours(float(merit[place]) * 0.9),
            linewidth=3 if best else 1.5,
            alpha=1 if best else 0.75,
            label=f"best: {_short(one.experiment)}" if best else None,
        )
    for at, (name, distinct) in enumerate(parameters):
        _axis(axes, at, name, distinct, gaps=any(not _plain(one.params.get(name)) for one in rows))
    ends = [(h, number(float(values.min() + h * span))) for h in (0.0, 0.5, 1.0)]
    _draw_axis(axes, len(parameters), found.metric, ends)
    axes.set_axis_off()
    axes.set_xlim(-0.4, len(parameters) + 0.6)
    axes.set_ylim(-0.28, 1.14)
    made.legend(loc="outside lower center")
    return made


def learning_curves(found: ExperimentComparison, curved: Sequence[Compared]) -> Figure:
    """The metric over the steps the runs logged."""
    made, axes = figure(9, 5.5)
    for place, one in enumerate(curved[: len(PALETTE)]):
        steps, values = zip(*one.history, strict=True)
        style = "-" if one.kind != "baseline" else "--"
        axes.plot(steps, values, style, marker="o", markersize=5, color=PALETTE[place], label=_short(one.experiment))
    if all(float(step).is_integer() for one in curved for step, _ in one.history):
        axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("step (of trained candidates: fold)")
    axes.set_ylabel(found.metric_title)
    made.legend(loc="outside lower center", ncols=2)
    return made


def _axis(axes: Any, at: int, name: str, distinct: list[Any], *, gaps: bool) -> None:
    if _numeric(distinct) and len(distinct) > MOST_VALUES:
        shown = [distinct[0], distinct[len(distinct) // 2], distinct[-1]]
    else:
        shown = distinct
    ticks = [(_height(value, distinct), _text(value)) for value in shown]
    _draw_axis(axes, at, name, [*ticks, *([(_ABSENT, "not set")] if gaps else [])])


_ABSENT = -0.12


def _draw_axis(axes: Any, at: int, name: str, ticks: list[tuple[float, str]]) -> None:
    axes.plot([at, at], [0, 1], color="0.3", linewidth=1, zorder=0)
    for height, text in ticks:
        axes.text(
            at + 0.04,
            height,
            text,
            fontsize=11,
            va="center",
            bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1},
            zorder=5,
        )
    axes.text(at, 1.08, _short(name, 18), ha="center", fontsize=12, fontweight="bold")


def _height(value: Any, distinct: list[Any]) -> float:
    """Where a value stands on its axis: evenly by rank, so that scales of any shape can be read."""
    if not _plain(value) or value not in distinct:
        return _ABSENT
    return distinct.index(value) / (len(distinct) - 1)


def _plain(value: Any) -> bool:
    return isinstance(value, bool | int | float | str)


def _numeric(values: Sequence[Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _ordered(values: Sequence[Any]) -> list[Any]:
    distinct = list(dict.fromkeys(values))
    return sorted(distinct) if _numeric(distinct) else sorted(distinct, key=str)


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else _short(str(value), 16)


def _short(text: str, limit: int = 32) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
