"""Numbers along an axis, each whole by itself: no power of ten or offset set apart in a corner."""

from __future__ import annotations

from typing import Any

import numpy as np

_LARGE, _SMALL = 1e7, 1e-4


def whole_numbers(*axes: Any) -> None:
    """Label these axes, such as `axes.xaxis`, with `tick_texts`."""
    from matplotlib.ticker import FuncFormatter

    for axis in axes:
        axis.set_major_formatter(FuncFormatter(_text_on(axis)))


def _text_on(axis: Any) -> Any:
    def text(value: float, place: int | None) -> str:
        if place is None:
            return f"{value:.6g}"
        places = axis.get_majorticklocs()
        return tick_texts(places)[place] if place < len(places) else ""

    return text


def tick_texts(values: Any) -> list[str]:
    """As many digits as tell neighbours apart: 1,000,000,020 beside 1,000,000,040, but 2.5e9 beside 3e9.

    >>> tick_texts([0.0, 0.25, 0.5]), tick_texts([0, 5e8, 1e9])
    (['0.00', '0.25', '0.50'], ['0', '5e8', '1.0e9'])
    """
    values = np.asarray(values, dtype=np.float64)
    step = float(np.diff(np.unique(values)).min(initial=np.inf))
    if not np.isfinite(step):
        step = float(np.abs(values).max(initial=0)) or 1.0
    size = float(np.abs(values).max(initial=0))
    if step >= _LARGE / 10 or size < _SMALL * 10:
        return [_power(value, step) for value in values]
    decimals = next((n for n in range(7) if np.allclose(step, round(step, n), rtol=1e-3)), 7)
    # Below 10,000 it may be a year.
    between = "," if size >= 10_000 else ""
    return [f"{value:{between}.{decimals}f}".replace("-", "−") for value in np.where(values == 0, 0.0, values)]


def _power(value: float, step: float) -> str:
    """Mantissa and power, with the digits the step asks for: 2.5e9."""
    if abs(value) < 1e-3 * step:
        return "0"
    power = int(np.floor(np.log10(abs(value)) + 1e-12))
    digits = max(0, power - int(np.floor(np.log10(step) + 1e-12)))
    mantissa = value / 10.0**power
    exact = next((n for n in range(digits, digits + 3) if abs(mantissa - round(mantissa, n)) < 1e-6), digits + 2)
    return f"{mantissa:.{exact}f}e{power}".replace("-", "−")
