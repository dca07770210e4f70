"""The figures of the closer look: slices, and residuals over features."""

from __future__ import annotations

from typing import Any

import numpy as np

from specweave.evaluation.diagnosis_result import Diagnosis, ResidualPattern, Slices, SliceTest
from specweave.evaluation.diagnosis_wording import shown_tests
from specweave.metrics import get_metric
from specweave.visuals import PALETTE, figure

MOST_SLICES = 20
MOST_FEATURES = 6
LONGEST_NAME = 34
THOUSANDS = 1000
_LOOKS = {
    "worse": (PALETTE[3], "D", "worse"),
    "within noise": (PALETTE[0], "o", "within noise"),
    "better": (PALETTE[2], "s", "better"),
}


def diagnosis_figures(found: Diagnosis | None) -> dict[str, Any]:
    """The figures that apply, by file name."""
    made: dict[str, Any] = {}
    if found is None:
        return made
    if found.slices is not None and found.slices.n_tests:
        made["slices.png"] = by_slice(found.slices)
    if found.errors is not None and found.errors.patterns:
        made["residuals_by_feature.png"] = by_feature(found.errors.patterns, found.errors.residual, found.errors.n)
    return made


def by_slice(found: Slices) -> Any:
    """Each metric with its interval in the slices that differ most, beside the value in all other rows."""
    names = list(dict.fromkeys(found.tests[at].slice for at in shown_tests(found, len(found.tests))))[:MOST_SLICES]
    # Slices of one column stand together; columns keep the order of their gravest slice.
    columns = list(dict.fromkeys(next(t.column for t in found.tests if t.slice == name) for name in names))
    rank = {one.slice: (columns.index(one.column), at) for at, one in enumerate(found.tests) if one.column in columns}
    names.sort(key=lambda name: rank[name])
    panels = len(found.metrics)
    made, axes = figure(4.6 + 3.1 * panels, 2.0 + 0.36 * len(names), ncols=panels, sharey=True, squeeze=False)
    for panel, metric in zip(axes[0], found.metrics, strict=True):
        _draw_slices(panel, [one for one in found.tests if one.metric == metric and one.slice in names], names)
        panel.set_xlabel(get_metric(metric).title)
        _write_few_ticks(panel, max((t.value or 0.0 for t in found.tests if t.metric == metric), default=0.0))
    sizes = {one.slice: one.n for one in found.tests}
    axes[0][0].set_yticks(range(len(names)), [f"{_short(name)}, n = {sizes[name]:,}" for name in names])
    axes[0][0].set_ylim(len(names) - 0.4, -0.6)
    made.suptitle(
        f"Slices that differ most ({len(names)} of {found.n_slices}), n = {found.n:,}, 95 % intervals,\n"
        f"verdict after {found.correction}'s correction for {found.n_tests} tests"
    )
    _legend(made, axes[0])
    return made


def _draw_slices(panel: Any, tests: list[SliceTest], names: list[str]) -> None:
    for one in tests:
        at = names.index(one.slice)
        if one.value is None or one.low is None or one.high is None or one.verdict == "not applicable":
            panel.text(
                0.02, at, "too few cases", transform=panel.get_yaxis_transform(), fontsize=10, va="center", color="0.4"
            )
            continue
        color, marker, label = _LOOKS[one.verdict]
        ends = [[max(0.0, one.value - one.low)], [max(0.0, one.high - one.value)]]
        panel.errorbar([one.value], [at], xerr=ends, fmt=marker, color=color, capsize=3, markersize=7, label=label)
        panel.plot([one.rest] * 2, [at - 0.3, at + 0.3], color="0.35", linewidth=2, label="all other rows")


def _legend(made: Any, panels: Any) -> None:
    known: dict[str, Any] = {}
    for panel in panels:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            known.setdefault(label, handle)
    made.legend(known.values(), known.keys(), loc="outside lower center", ncols=4)


def by_feature(patterns: tuple[ResidualPattern, ...], residual: str, n: int) -> Any:
    """The mean residual with its interval in each part of the features that explain most of it."""
    shown = patterns[:MOST_FEATURES]
    columns = min(2, len(shown))
    rows = -(-len(shown) // columns)
    tallest = max(len(one.parts) for one in shown)
    made, axes = figure(6.0 * columns, rows * (1.3 + 0.34 * tallest) + 1.0, nrows=rows, ncols=columns, squeeze=False)
    for panel, one in zip(axes.flat, shown, strict=False):
        _draw_pattern(panel, one)
    for panel in axes.flat[len(shown) :]:
        panel.set_visible(False)
    made.suptitle(f"Residuals by feature, out-of-fold predictions of {n:,} training rows, 95 % intervals")
    made.supxlabel(f"mean residual: {residual}")
    return made


def _draw_pattern(panel: Any, one: ResidualPattern) -> None:
    means = np.array(one.means)
    ends = np.abs(np.array([means - np.array(one.low), np.array(one.high) - means]))
    color = PALETTE[3] if one.remains else PALETTE[0]
    panel.axvline(0, color="black", linewidth=1)
    panel.errorbar(means, range(len(means)), xerr=ends, fmt="D" if one.remains else "o", color=color, capsize=3)
    panel.set_yticks(range(len(means)), [_short(_own_part(name, one.feature), 22) for name in one.parts])
    panel.set_ylim(len(means) - 0.4, -0.6)
    _write_few_ticks(panel, float(np.abs(means).max()))
    panel.set_title(f"{_short(one.feature)}{': a pattern remains' if one.remains else ''}", fontsize=13)


def _write_few_ticks(panel: Any, largest: float) -> None:
    panel.locator_params(axis="x", nbins=4)
    if largest >= THOUSANDS:
        panel.xaxis.set_major_formatter("{x:,.0f}")


def _own_part(name: str, feature: str) -> str:
    """The part's name without that of its feature, which stands above."""
    return name.removeprefix(feature).removeprefix(" = ").removeprefix(" from ")


def _short(name: str, limit: int = LONGEST_NAME) -> str:
    return name if len(name) <= limit else name[: limit - 1] + "…"
