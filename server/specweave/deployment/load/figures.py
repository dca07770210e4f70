"""Latency against load."""

from __future__ import annotations

from typing import Any

from specweave.deployment.load.result import LoadTest
from specweave.visuals.figures import PALETTE, figure


def latency_against_load(found: LoadTest) -> Any:
    """p50, p95 and p99 of each step by its rate, with the limit and the rate that was asked for."""
    steps = sorted([*found.steps, found.at_target], key=lambda step: step.target_rps)
    made, axes = figure()
    rates = [step.target_rps for step in steps]
    for color, name, label in zip(PALETTE, ("p50_ms", "p95_ms", "p99_ms"), ("p50", "p95", "p99"), strict=False):
        axes.plot(rates, [getattr(step, name) for step in steps], marker="o", markersize=5, color=color, label=label)
    over = [step for step in steps if not step.sustained]
    if over:
        axes.scatter(
            [s.target_rps for s in over],
            [s.p95_ms for s in over],
            marker="x",
            s=110,
            color=PALETTE[3],
            zorder=5,
            label="not sustained",
        )
    axes.axhline(found.limit_ms, color=PALETTE[3], linestyle="--", linewidth=1.5, label="limit for p95")
    axes.axvline(found.at_target.target_rps, color=PALETTE[7], linestyle=":", linewidth=1.5, label="target rate")
    axes.set(
        xlabel="requests a second, evenly spaced",
        ylabel="latency from the planned moment (ms)",
        title="Latency against load",
        yscale="log",
        xscale="log" if max(rates) > 20 * min(rates) else "linear",
    )
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.legend(loc="upper left")
    return made
