"""Files that belong to an experiment: copies of the user's files, figures, tables."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from specweave.errors import ExperimentError
from specweave.experiments.values import plain
from specweave.workspace import storage_errors, write_bytes, write_text

_HEAD_ROWS = 20


def inside(folder: Path, name: str) -> Path:
    """The path of `name` below `folder`, or an error when it would lie elsewhere."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or any(part in ("/", "..") or ":" in part for part in parts):
        raise ExperimentError(
            "The name of a file in a record must stay inside the record",
            value=name,
            allowed='a relative name such as "plots/roc.png"',
            next_step="give another name",
        )
    return folder.joinpath(*parts)


def copy_artifact(source: str | os.PathLike[str], folder: Path, name: str | None) -> Path:
    """A copy of the file or folder; the name appears only when the copy is complete."""
    origin = Path(source).expanduser()
    if not origin.exists():
        raise ExperimentError(
            "The artifact does not exist",
            value=str(source),
            allowed="an existing file or folder",
            next_step=f"write the file before logging it (the working directory is {Path.cwd()})",
        )
    target = inside(folder, name or origin.resolve().name)
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".copy-", dir=target.parent))
        try:
            copied = _copy(origin, staging / target.name)
            if target.is_dir():
                shutil.rmtree(target)
            copied.replace(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return target


def _copy(origin: Path, target: Path) -> Path:
    return Path(shutil.copytree(origin, target) if origin.is_dir() else shutil.copy2(origin, target))


def write_figure(figure: Any, folder: Path, name: str) -> Path:
    """A matplotlib figure or axes (png, svg, pdf), a plotly figure (html), or an image with `save`."""
    target = inside(folder, name if PurePosixPath(name).suffix else f"{name}.png")
    drawn = figure.get_figure() if hasattr(figure, "get_figure") and not hasattr(figure, "savefig") else figure
    if hasattr(drawn, "savefig"):
        buffer = io.BytesIO()
        drawn.savefig(buffer, format=target.suffix[1:].lower(), bbox_inches="tight")
        return write_bytes(target, buffer.getvalue())
    if hasattr(drawn, "to_html"):
        # A static picture of a plotly figure needs a browser; the page with everything inside needs nothing.
        return write_text(target.with_suffix(".html"), drawn.to_html(full_html=True, include_plotlyjs=True))
    if hasattr(drawn, "save"):
        buffer = io.BytesIO()
        drawn.save(buffer, format={"jpg": "jpeg"}.get(target.suffix[1:].lower(), target.suffix[1:].lower()))
        return write_bytes(target, buffer.getvalue())
    raise ExperimentError(
        "The object is not a figure",
        value=type(figure).__name__,
        allowed="a matplotlib figure or axes, a plotly figure, a PIL image",
        next_step="save it to a file and call log_artifact with its path",
    )


def write_table(table: Any, folder: Path, name: str) -> Path:
    """The table as NAME.csv, and its first rows as NAME.md."""
    target = inside(folder, f"{name.removesuffix('.csv')}.csv")
    if hasattr(table, "to_csv"):
        text, columns, rows, total = _frame(table)
    elif hasattr(table, "write_csv"):
        text, columns, rows, total = table.write_csv(), list(table.columns), table.head(_HEAD_ROWS).rows(), len(table)
    else:
        columns, rows = _columns_and_rows(table)
        text, total = _csv(columns, rows), len(rows)
    write_text(target, text)
    write_text(target.with_suffix(".md"), _markdown(columns, rows[:_HEAD_ROWS], total, target.name))
    return target


def _frame(frame: Any) -> tuple[str, list[Any], list[Any], int]:
    """A pandas frame; its index is kept where it carries names or labels."""
    labelled = frame.to_frame() if not hasattr(frame, "columns") else frame
    if type(labelled.index).__name__ != "RangeIndex":
        labelled = labelled.reset_index()
    head = labelled.head(_HEAD_ROWS)
    text = labelled.to_csv(index=False, lineterminator="\n")
    return text, list(labelled.columns), list(head.itertuples(index=False, name=None)), len(labelled)


def _columns_and_rows(table: Any) -> tuple[list[Any], list[list[Any]]]:
    if isinstance(table, Mapping) and all(_is_column(column) for column in table.values()):
        return list(table), _rows(table)
    if (
        isinstance(table, Sequence)
        and not isinstance(table, (str, bytes))
        and all(isinstance(r, Mapping) for r in table)
    ):
        columns = list(dict.fromkeys(key for row in table for key in row))
        return columns, [[row.get(column, "") for column in columns] for row in table]
    raise ExperimentError(
        "The object is not a table",
        value=type(table).__name__,
        allowed="a pandas or polars DataFrame, a list of dicts, a dict of equally long columns",
        next_step='pass for example [{"fold": 1, "auc": 0.9}]',
    )


def _rows(table: Mapping[Any, Any]) -> list[list[Any]]:
    columns = [list(column) for column in table.values()]
    lengths = {str(name): len(column) for name, column in zip(table, columns, strict=True)}
    if len(set(lengths.values())) > 1:
        raise ExperimentError(
            "The columns of the table are not equally long",
            value=", ".join(f"{name} {length}" for name, length in lengths.items())[:200],
            allowed="a dict of equally long columns, or a list of dicts, one a row",
            next_step="fill the shorter columns, with None for instance",
        )
    return [list(row) for row in zip(*columns, strict=True)]


def _is_column(column: Any) -> bool:
    return hasattr(column, "__len__") and hasattr(column, "__iter__") and not isinstance(column, (str, bytes, Mapping))


def _csv(columns: list[Any], rows: list[list[Any]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue()


def _markdown(columns: Sequence[Any], rows: Sequence[Sequence[Any]], total: int, file: str) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    shown = "".join("| " + " | ".join(_cell(value) for value in line) + " |\n" for line in lines)
    return shown + (f"\n{total - len(rows)} more rows in {file}\n" if total > len(rows) else "")


def _cell(value: Any) -> str:
    simple = plain(value)
    # The recording path has no jinja2, hence not rendering.number.
    shown = f"{simple:.4g}" if isinstance(simple, float) else "" if simple is None else str(simple)
    return " ".join(shown.split()).replace("|", "\\|")
