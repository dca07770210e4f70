"""Excel workbooks: one sheet as a table, with the same search for titles, names and totals as in text files."""

from __future__ import annotations

import contextlib
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa

from specweave.data.frames import from_values
from specweave.data.layout import find_layout, footer_length, usual_fill
from specweave.data.names import unique_names
from specweave.data.reading import Reading
from specweave.errors import DataReadError, MissingDependencyError, listing, shorten
from specweave.problem import DataSource

_SAMPLE = 2000


def refuse_old_workbook(path: Path) -> None:
    """The binary format before 2007 needs a package of its own."""
    raise DataReadError(
        "This is a workbook in the old .xls format, which openpyxl does not read",
        value=str(path),
        next_step="save it as .xlsx, or convert it with pandas and the package xlrd (`pip install xlrd`)",
    )


def read_workbook(path: Path, source: DataSource, reading: Reading) -> pa.Table:
    """The rows of the sheet named, or of the first sheet that has any."""
    try:
        import openpyxl
    except ImportError as error:  # pragma: no cover
        raise MissingDependencyError.package("openpyxl", "Reading Excel", "pip install openpyxl") from error
    # openpyxl warns of decoration it drops (validation lists, styles), which is of no account for the values.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        try:
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
            raise DataReadError(f"The workbook does not load: {shorten(error)}", value=str(path)) from error
        with contextlib.closing(book):
            reading.sheet, rows = _sheet(book, source.sheet, path)
    return _table(rows, source, reading, path)


def _sheet(book: Any, wanted: str | None, path: Path) -> tuple[str, list[list[Any]]]:
    if wanted is not None and wanted not in book.sheetnames:
        raise DataReadError("The workbook has no sheet by that name", value=wanted, allowed=listing(book.sheetnames))
    for name in [wanted] if wanted else book.sheetnames:
        rows = [list(r) for r in book[name].iter_rows(values_only=True)]
        if any(v is not None for row in rows for v in row):
            return name, rows
    raise DataReadError("The sheets hold no values", value=str(path), allowed=listing(book.sheetnames))


def _table(rows: list[list[Any]], source: DataSource, reading: Reading, path: Path) -> pa.Table:
    width = max(len(r) for r in rows)
    rows = [[*r, *[None] * (width - len(r))] for r in rows]
    used = [j for j in range(width) if any(r[j] is not None for r in rows)]
    rows = [[r[j] for j in used] for r in rows]
    texts = [["" if v is None else str(v) for v in r] for r in rows[:_SAMPLE]]
    layout = find_layout(texts, source.header_row)
    reading.header_lines = len(layout.header)
    reading.header_row = layout.header[-1] if layout.header else None
    reading.preamble = [
        shorten(" ".join(filter(None, r)), 120) for r in texts[: (layout.header or [layout.first_row])[0]] if any(r)
    ]
    body = _body(rows[layout.first_row :], len(used), reading)
    if not body:
        raise DataReadError("The sheet has column names but no rows", value=str(path))
    given = [*layout.names, *[""] * len(used)][: len(used)]
    names = unique_names(given, reading, named=bool(layout.header))
    return from_values({name: [_bare(r[j]) for r in body] for j, name in enumerate(names)})


def _body(rows: list[list[Any]], width: int, reading: Reading) -> list[list[Any]]:
    tail = [["" if v is None else str(v) for v in r] for r in rows[-200:]]
    cut = min(footer_length(tail, width, usual_fill(tail)), len(rows) - 1) if width > 1 and rows else 0
    reading.footer = [shorten(" ".join(filter(None, r)), 120) for r in tail[len(tail) - cut :] if any(r)]
    kept = rows[: len(rows) - cut]
    full = [r for r in kept if any(v is not None for v in r)]
    reading.blank_rows = len(kept) - len(full)
    return full


def _bare(value: Any) -> Any:
    return (value.strip() or None) if isinstance(value, str) else value
