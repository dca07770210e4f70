"""The waterfall picture of one row: from the average answer, column by column, to the row's own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from specweave.explanation.local_facts import LocalExplanation
from specweave.explanation.sentences import signed
from specweave.rendering import number
from specweave.visuals import PALETTE, figure, whole_numbers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_BARS = 10
_LONGEST_NAME = 42
UP, DOWN = PALETTE[3], PALETTE[0]


def steps(one: LocalExplanation) -> list[tuple[str, float]]:
    """The bars from the smallest to the largest contribution, all columns beyond the first ten as one."""
    shown = list(one.shares[:MOST_BARS])
    rest = sum(share.amount for share in one.shares[MOST_BARS:]) + one.others
    left = max(0, len(one.shares) - MOST_BARS) + one.n_others
    named = [(_shortened(f"{share.column} = {share.value}"), share.amount) for share in shown]
    if left:
        named.append((f"{left} other columns" if left > 1 else "1 other column", rest))
    return named[::-1]


def waterfall(one: LocalExplanation, unit: str, target: str = "answer") -> Figure:
    """Bars to the right raise the answer, to the left lower it; both ends are labelled with their values."""
    bars = steps(one)
    unit = unit.replace("the answered class", str(one.explained))
    made, axes = figure(9.0, 2.15 + 0.42 * len(bars))
    at = one.base
    for place, (_, amount) in enumerate(bars):
        axes.barh(place, amount, left=at, color=UP if amount > 0 else DOWN, height=0.65)
        at += amount
    _label(axes, bars, one.base)
    axes.set_yticks(range(len(bars)), [name for name, _ in bars])
    axes.axvline(one.base, color="#666666", linewidth=1, linestyle=":")
    axes.axvline(one.explained_score, color="#000000", linewidth=1)
    axes.set_xlabel(
        f"{unit}\naverage {_valued(one.base, unit)} (dotted)\nthis row {_valued(one.explained_score, unit)} (line)"
    )
    axes.set_title(
        _shortened(f"Row {one.row}: {target} {'is' if one.explained else 'about'} {one.answer}", 70), loc="left"
    )
    axes.grid(visible=False, axis="y")
    axes.set_xlim(*_reach(bars, one.base))
    whole_numbers(axes.xaxis)
    return made


def _valued(value: float, unit: str) -> str:
    """The number, and for log-odds the probability they are."""
    text = number(value).replace("-", "−")
    return f"{text} = probability {number(1 / (1 + math.exp(-value)), 2)}" if unit.startswith("log-odds") else text


def _reach(bars: list[tuple[str, float]], base: float) -> tuple[float, float]:
    """Both ends of the axis, with room for the numbers beside the bars."""
    ends = [base]
    for _, amount in bars:
        ends.append(ends[-1] + amount)
    room = 0.16 * ((max(ends) - min(ends)) or 1.0)
    return min(ends) - room, max(ends) + room


def _label(axes: object, bars: list[tuple[str, float]], base: float) -> None:
    at = base
    for place, (_, amount) in enumerate(bars):
        end = at + amount
        axes.annotate(  # type: ignore[attr-defined]
            signed(amount),
            (end, place),
            xytext=(4 if amount > 0 else -4, 0),
            textcoords="offset points",
            va="center",
            ha="left" if amount > 0 else "right",
            fontsize=11,
        )
        at = end


def _shortened(text: str, longest: int = _LONGEST_NAME) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
