"""Making and saving a figure.

The palette is Okabe and Ito's (2008, "Color Universal Design"), which stays distinct under the common colour-vision deficiencies,
with a dark red instead of its yellow, which is hard to see on white (contrast 1.3; the dark red has 12.8).
"""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specweave.workspace import write_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#661100", "#000000")
# Typed as Any because matplotlib's stubs want each key as a literal.
_STYLE: Any = {
    "figure.dpi": 100,
    "savefig.dpi": 100,
    "font.size": 13,
    "axes.titlesize": 14,
    "axes.labelsize": 13,
    "legend.fontsize": 12,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "axes.axisbelow": True,
}


def figure(width: float = 8.0, height: float = 5.0, **subplots: Any) -> tuple[Figure, Any]:
    """A figure in inches with the house style; it belongs to no display and no global state."""
    import matplotlib as mpl
    from cycler import cycler
    from matplotlib.figure import Figure

    with mpl.rc_context({**_STYLE, "axes.prop_cycle": cycler(color=PALETTE)}):
        made = Figure(figsize=(width, height), layout="constrained")
        axes: Axes | Any = made.subplots(**subplots)
    return made, axes


def save_figure(made: Figure, path: str | Path) -> Path:
    """The figure as PNG, written whole or not at all."""
    return write_bytes(path, png(made))


def inline_image(made: Figure) -> str:
    """The figure as a data URI for a self-contained page."""
    return data_uri(png(made))


def data_uri(picture: bytes) -> str:
    """The bytes of a PNG file as a page holds them."""
    return "data:image/png;base64," + base64.b64encode(picture).decode("ascii")


def png(made: Figure) -> bytes:
    """The figure as the bytes of a PNG file."""
    import matplotlib as mpl

    out = io.BytesIO()
    engine = made.get_layout_engine()
    with mpl.rc_context(_STYLE):
        if engine is not None:
            # With the engine still in place, saving lays out and draws everything twice.
            engine.execute(made)
            made.set_layout_engine("none")
        made.savefig(out, format="png")
    return out.getvalue()
