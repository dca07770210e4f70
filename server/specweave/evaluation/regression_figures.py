"""The figures of a regression model on the sealed rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from specweave.metrics import Predictions, score
from specweave.rendering import number
from specweave.visuals import PALETTE, figure

CROWDED = 2000
THOUSANDS = 10_000


def residuals(predictions: Predictions, target: str) -> Any:
    """Residuals over predictions with their running middle and 80 % band, and their distribution."""
    predicted, left = predictions.labels, predictions.truth - predictions.labels
    made, (main, side) = figure(9.5, 5.5, ncols=2, sharey=True, width_ratios=[4, 1])
    _points(main, predicted, left)
    main.axhline(0, color="black", linewidth=1)
    centres, low, middle, high = _running(predicted, left)
    main.plot(centres, middle, color=PALETTE[3], label="running median")
    main.plot(centres, low, color=PALETTE[3], linewidth=1, linestyle="--", label="80 % of the rows")
    main.plot(centres, high, color=PALETTE[3], linewidth=1, linestyle="--")
    main.set(xlabel=f"predicted {target}", ylabel=f"residual: true − predicted {target}")
    main.set_title(f"Residuals, n = {len(predictions):,}, RMSE {number(score('rmse', predictions), 4)}")
    main.legend(loc="best")
    side.hist(left, bins=50, orientation="horizontal", color=PALETTE[5])
    side.set_xlabel("rows")
    return made


def predicted_vs_actual(predictions: Predictions, target: str) -> Any:
    """Predictions over the truth with the line of perfect prediction."""
    truth, predicted = predictions.truth, predictions.labels
    made, axes = figure(7.0, 6.5)
    _points(axes, truth, predicted, made)
    ends = [min(truth.min(), predicted.min()), max(truth.max(), predicted.max())]
    axes.plot(ends, ends, color="black", linewidth=1.2, linestyle="--", label="perfect prediction")
    axes.set(xlabel=f"true {target}", ylabel=f"predicted {target}")
    axes.set_title(f"Predicted and true values, n = {len(predictions):,}, {_fit(predictions)}")
    axes.legend(loc="upper left")
    return made


def _fit(predictions: Predictions) -> str:
    if np.ptp(predictions.truth) == 0:
        return f"MAE {number(score('mae', predictions), 3)}"
    return f"R² {number(score('r2', predictions), 3)}"


def _points(axes: Any, x: NDArray[np.float64], y: NDArray[np.float64], made: Any = None) -> None:
    if len(x) <= CROWDED:
        axes.scatter(x, y, s=14, alpha=0.5, color=PALETTE[0], linewidths=0)
        _write_thousands(axes, x, y)
        return
    # Overplotted points hide where the rows are; the count of a cell does not.
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    visible = ListedColormap(colormaps["Blues"](np.linspace(0.3, 1, 256)))
    cells = axes.hexbin(x, y, gridsize=60, bins="log", mincnt=1, cmap=visible, linewidths=0.1)
    _write_thousands(axes, x, y)
    if made is not None:
        made.colorbar(cells, ax=axes, label="rows")


def _write_thousands(axes: Any, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    for axis, values in ((axes.xaxis, x), (axes.yaxis, y)):
        if np.abs(values).max() >= THOUSANDS:
            axis.set_major_formatter("{x:,.0f}")
            axis.set_major_locator(_few_ticks())


def _few_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=6)


def _running(x: NDArray[np.float64], y: NDArray[np.float64], bins: int = 25) -> tuple[NDArray[np.float64], ...]:
    parts = np.array_split(np.argsort(x, kind="stable"), max(1, min(bins, len(x) // 20)))
    centres = np.array([np.median(x[part]) for part in parts])
    low, middle, high = np.array([np.quantile(y[part], (0.1, 0.5, 0.9)) for part in parts]).T
    return centres, low, middle, high
