"""A script or notebook as one list of statements, with the way back from a line to its cell."""

from __future__ import annotations

import ast
import json
import re
import warnings
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specweave.errors import StorageError
from specweave.leakage.code.finding import Place
from specweave.workspace import storage_errors

SUFFIXES = (".py", ".ipynb")
LARGEST_BYTES = 20_000_000
_MAGIC = re.compile(r"^(\s*)(?:%{1,2}|!|\?|get_ipython\(\)\.)")
_ASSIGNED_MAGIC = re.compile(r"^(\s*[\w, ]+=\s*)[!%].*$")
_FOREIGN_CELL = re.compile(r"^\s*%%(?!time|timeit|capture|prun|memit)\w+")
_HELP = re.compile(r"^\s*[\w.]+\?{1,2}\s*$")
_OLD_PRINT = re.compile(r"^(\s*)print\s+(?![=(])(.+?),?\s*$")


@dataclass(frozen=True)
class Cell:
    """A piece of code; `start` is the line before its first one in the whole program, `number` none in a script."""

    number: int | None
    start: int
    lines: tuple[str, ...]


@dataclass
class Program:
    """The statements of a file in order. Line numbers run through all cells; `place` leads back."""

    file: str
    cells: list[Cell] = field(default_factory=list)
    statements: list[ast.stmt] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def place(self, line: int) -> Place:
        cell = self._cell(line)
        return Place(line=line - cell.start, cell=cell.number)

    def text(self, line: int) -> str:
        """The source of one line, without indentation; empty beyond the end."""
        cell = self._cell(line)
        index = line - cell.start - 1
        return cell.lines[index].strip() if 0 <= index < len(cell.lines) else ""

    def lines(self) -> list[tuple[int, str]]:
        """Every line of code with its number in the whole program."""
        return [(cell.start + i, text) for cell in self.cells for i, text in enumerate(cell.lines, 1)]

    def add(self, source: str, number: int | None) -> None:
        """Append a cell; what cannot be parsed is skipped and said so."""
        start = self.cells[-1].start + len(self.cells[-1].lines) if self.cells else 0
        self.cells.append(Cell(number, start, tuple(source.splitlines()) or ("",)))
        where = "the file" if number is None else f"cell {number}"
        if _FOREIGN_CELL.match(source):
            self.skipped.append(f"{where}: {source.split(None, 1)[0]} is no Python")
            return
        tree = _parsed(source)
        if tree is None:
            self.skipped.append(f"{where} is no valid Python")
            return
        self.statements += ast.increment_lineno(tree, start).body

    def _cell(self, line: int) -> Cell:
        index = bisect_right([cell.start for cell in self.cells], line - 1) - 1
        return self.cells[max(index, 0)]


def read_program(path: Path, name: str | None = None) -> Program:
    """The program of a `.py` or `.ipynb` file; raises StorageError when it cannot be read or is no notebook."""
    program = Program(name or str(path))
    with storage_errors(path):
        if path.stat().st_size > LARGEST_BYTES:
            raise StorageError("The file is too large for a script or notebook", value=str(path), allowed="20 MB")
        content = path.read_bytes().decode("utf-8", "replace").lstrip("\ufeff")
    if path.suffix == ".ipynb":
        for number, source in _notebook_cells(content, path):
            program.add(source, number)
    else:
        program.add(content, None)
    return program


def _notebook_cells(content: str, path: Path) -> list[tuple[int, str]]:
    try:
        notebook = json.loads(content)
        cells = notebook["cells"] if "cells" in notebook else notebook["worksheets"][0]["cells"]
        return [(number, _source(cell)) for number, cell in enumerate(cells, 1) if cell.get("cell_type") == "code"]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise StorageError("The file is no notebook", value=str(path), next_step="save it again as .ipynb") from error


def _source(cell: dict[str, Any]) -> str:
    text = cell.get("source", cell.get("input", ""))
    return text if isinstance(text, str) else "".join(text)


def _parsed(source: str) -> ast.Module | None:
    """The tree of the source; of code with a broken statement at least what stands before and after it."""
    for text in (source, _without_magics(source), _modern(_without_magics(source))):
        tree = _tree(text)
        if tree is not None:
            return tree
    return _salvaged(_modern(_without_magics(source)))


def _tree(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _without_magics(source: str) -> str:
    """The same number of lines, with IPython's magics, shell escapes and help requests emptied."""
    return "\n".join(_plain(line) for line in source.splitlines())


def _plain(line: str) -> str:
    assigned = _ASSIGNED_MAGIC.match(line)
    if assigned:
        return f"{assigned[1]}None"
    magic = _MAGIC.match(line)
    return f"{magic[1]}pass" if magic else ("" if _HELP.match(line) else line)


def _modern(source: str) -> str:
    """Print statements of Python 2 as calls."""
    return "\n".join(
        f"{old[1]}print({old[2]})" if (old := _OLD_PRINT.match(line)) else line for line in source.splitlines()
    )


def _salvaged(source: str) -> ast.Module | None:
    """The blocks that parse, where a block begins at an unindented line; nothing when none does."""
    lines = source.splitlines()
    starts = [i for i, line in enumerate(lines) if line and not line[0].isspace() and line[0] not in ")]}#"]
    body: list[ast.stmt] = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        tree = _tree("\n".join(lines[start:end]))
        if tree is not None:
            body += ast.increment_lineno(tree, start).body
    return ast.Module(body=body, type_ignores=[]) if body else None
