"""Figures as the bytes of PNG files, asked for as soon as what they show is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from specweave.explanation.aside import Answer, Aside
from specweave.explanation.figures_global import global_plots
from specweave.explanation.waterfall import waterfall
from specweave.visuals import png

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.figure import Figure

    from specweave.explanation.globally import GlobalPart
    from specweave.explanation.local_facts import LocalExplanation

LOCAL = "local-explanations"
# The first figure costs a process as much as three: it has to load what draws.
WORTH_BEGINNING = 4
Pictures = Mapping[str, Answer]


def global_pictures(part: GlobalPart, aside: Aside) -> dict[str, Answer]:
    """The figures of the whole model by file name below the reports."""
    return {name: aside.ask(drawn, plot.draw, plot.of) for name, plot in global_plots(part).items()}


def local_pictures(rows: Iterable[LocalExplanation], unit: str, target: str, aside: Aside) -> dict[str, Answer]:
    """The waterfall of each row by file name below the reports."""
    return {picture_of(one.row): aside.ask(drawn, waterfall, (one, unit, target)) for one in rows}


def picture_of(row: int) -> str:
    """The file name of a row's waterfall."""
    return f"{LOCAL}/row-{row}.png"


def drawn(draw: Callable[..., Figure], of: tuple[Any, ...]) -> bytes:
    """The figure `draw(*of)` as PNG."""
    return png(draw(*of))


def finished(pictures: Pictures) -> dict[str, bytes]:
    """All of them; from the last on, as another process begins with the first, and waiting for it where little is left."""
    found = {}
    for name in reversed(list(pictures)):
        left = sum(one.waiting for one in pictures.values())
        found[name] = pictures[name].get(patient=left <= WORTH_BEGINNING)
    return {name: found[name] for name in pictures}
