"""Small bar charts as inline SVG: drawn by hand because importing a plotting library takes longer than the profile."""

# ruff: noqa: S704  # every text is escaped before it is set into the markup
from __future__ import annotations

from markupsafe import Markup, escape

from specweave.data.facts import ColumnProfile, Histogram, ValueCount
from specweave.rendering import number, percent

_WIDTH, _HEIGHT, _BASE = 280, 84, 64
_LABEL, _LINE = 112, 18


def quantity(value: float | None, column: ColumnProfile) -> str:
    """A value of the column: whole where all its values are, else to four digits."""
    whole = value is not None and column.whole and float(value).is_integer() and abs(value) < 1e15
    return f"{value:,.0f}" if whole else number(value)


def chart(column: ColumnProfile) -> Markup:
    """The column's histogram, or bars of its most frequent values; nothing where neither says anything."""
    if column.role in ("id", "text", "empty", "constant"):
        return Markup("")
    if column.histogram is not None and column.role != "boolean":
        return _histogram(column.histogram, column)
    return bars(column.top_values[:5], column.name) if column.top_values else Markup("")


def _histogram(found: Histogram, column: ColumnProfile) -> Markup:
    most = max(found.counts) or 1
    step = _WIDTH / len(found.counts)
    rects = "".join(
        f'<rect x="{i * step:.1f}" y="{_BASE - _BASE * c / most:.1f}" width="{max(step - 1, 0.5):.1f}" height="{_BASE * c / most:.1f}"/>'
        for i, c in enumerate(found.counts)
        if c
    )
    low, high = (e[:10] if isinstance(e, str) else quantity(e, column) for e in (column.minimum, column.maximum))
    words = f"Histogram of {column.name}: {len(found.counts)} bars from {low} to {high}, the highest {most:,} rows"
    return Markup(
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(words)}"><title>{escape(words)}</title>'
        f'<g class="bar">{rects}</g><line x1="0" x2="{_WIDTH}" y1="{_BASE + 0.5}" y2="{_BASE + 0.5}"/>'
        f'<text x="0" y="{_HEIGHT - 4}">{escape(low)}</text><text x="{_WIDTH}" y="{_HEIGHT - 4}" text-anchor="end">{escape(high)}</text></svg>'
    )


def bars(values: list[ValueCount], name: str) -> Markup:
    """Horizontal bars, one a value, with the share at the right."""
    most = max(v.share for v in values) or 1
    room = _WIDTH - _LABEL - 52
    rows = "".join(_bar(i, v, room * v.share / most) for i, v in enumerate(values))
    height = len(values) * _LINE + 2
    words = f"Most frequent values of {name}: " + ", ".join(f"{v.value} {percent(v.share)}" for v in values)
    return Markup(
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(words)}"><title>{escape(words)}</title>{rows}</svg>'
    )


def _bar(position: int, value: ValueCount, length: float) -> str:
    y = position * _LINE
    label = value.value if len(value.value) <= 17 else value.value[:16] + "…"
    return (
        f'<text x="{_LABEL - 6}" y="{y + 13}" text-anchor="end">{escape(label)}</text>'
        f'<rect class="bar" x="{_LABEL}" y="{y + 2}" width="{max(length, 1):.1f}" height="{_LINE - 5}"/>'
        f'<text x="{_LABEL + length + 5:.1f}" y="{y + 13}">{percent(value.share)}</text>'
    )
