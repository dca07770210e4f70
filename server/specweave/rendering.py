"""Facts into text: numbers as people read them, markdown and self-contained HTML from jinja2 templates.

Each package keeps its templates in its own `templates/` folder.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import jinja2


def number(value: Any, digits: int = 4) -> str:
    """Four significant digits, thousands separated, no exponent between 1e-4 and 1e15; a dash for nothing."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if not math.isfinite(value) or value == 0:
        return "not defined" if math.isnan(value) else f"{value:.0f}".replace("inf", "∞")
    size = math.floor(math.log10(abs(value)))
    if size < -4 or size >= 15:
        return f"{value:.{digits - 1}e}"
    return f"{round(value, digits - 1 - size):,.{max(0, digits - 1 - size)}f}"


def percent(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{100 * value:.{digits}f} %"


def seconds(value: float) -> str:
    """A duration as a person says it: 0.42 s, 12 s, 3 min 20 s."""
    if value < 10:
        return f"{value:.2g} s"
    if value < 120:
        return f"{value:.0f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s"


def cell(value: Any) -> str:
    """A value safe inside a markdown table."""
    return " ".join(str(value).split()).replace("|", "\\|")


def render(package: str, template: str, **facts: Any) -> str:
    """The template of `package`'s templates folder filled with facts; .html templates escape, others do not."""
    return _environment(package).get_template(template).render(**facts)


@cache
def _environment(package: str) -> jinja2.Environment:
    # The shared page skeleton is found after the package's own templates, as "page.html".
    loader = jinja2.ChoiceLoader([jinja2.PackageLoader(package), jinja2.PackageLoader("specweave")])
    environment = jinja2.Environment(
        loader=loader,
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(number=number, percent=percent, seconds=seconds, cell=cell)
    return environment
