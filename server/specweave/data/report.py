"""A profile written out: the facts as JSON, a page to read as markdown, and a page to look at as HTML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from specweave.data.charts import bars, chart, quantity
from specweave.data.facts import ColumnProfile, Profile
from specweave.rendering import number, percent, render
from specweave.workspace import write_text

_TABLE_ROWS = 60
_CARDS = 120
_LISTED = 15


def write_profile(profile: Profile, folder: Path) -> list[Path]:
    """Write profile.json, data-profile.md and data-profile.html (one file, under 2 MB) into the folder."""
    facts = _facts(profile)
    return [
        write_text(folder / "profile.json", profile.model_dump_json(indent=2) + "\n"),
        write_text(folder / "data-profile.md", render("specweave.data", "data-profile.md", **facts)),
        write_text(
            folder / "data-profile.html",
            render(
                "specweave.data", "data-profile.html", title=f"Data profile of {Path(profile.location).name}", **facts
            ),
        ),
    ]


def _facts(profile: Profile) -> dict[str, Any]:
    return {
        "profile": profile,
        "columns": profile.columns[:_TABLE_ROWS],
        "cards": profile.columns[:_CARDS],
        "associations": profile.associations[:_LISTED],
        "drift": profile.drift[:_LISTED],
        "middle": middle,
        "chart": chart,
        "target_chart": _target_chart(profile),
        "missing_share": profile.missing_cells / max(profile.n_rows * profile.n_columns, 1),
        "size": _size(profile.reading.size_bytes),
    }


def _target_chart(profile: Profile) -> str:
    target = profile.target
    if target is None:
        return ""
    return bars(target.classes[:10], target.name) if target.classes else chart(profile.column(target.name))


def _size(count: int | None) -> str:
    if count is None:
        return "–"
    return f"{number(count / 2**20)} MB" if count >= 2**20 else f"{number(count / 2**10)} kB"


def middle(column: ColumnProfile) -> str:
    """What is typical of the column, in a few words."""
    if column.role in ("empty", "id"):
        return "–"
    if column.mean is not None and column.quantiles and column.role != "boolean":
        low, half, high = (quantity(column.quantiles[q], column) for q in ("0.25", "0.5", "0.75"))
        return f"median {half}, half within {low} to {high}"
    if column.role == "datetime":
        return f"{column.minimum} to {column.maximum}"
    if column.role == "text":
        return f"about {number(round(column.mean_length or 0))} characters"
    top = column.top_values[:2]
    return ", ".join(f"{v.value} {percent(v.share)}" for v in top) or "–"
