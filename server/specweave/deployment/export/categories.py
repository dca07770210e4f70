"""scikit-learn's encoders of categories as ONNX nodes.

An encoder is not written a second time: it is asked what it makes of each category it knows, of an unknown one and of a
missing one, and the answers become a table. So target means, rare categories and whatever comes with a later version are
right by construction.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.deployment.export.graph import MACHINE_LEARNING, Graph
from specweave.deployment.export.inputs import Inputs
from specweave.deployment.signature import MISSING_TEXT

Table = NDArray[np.float64]
_UNKNOWN = "\ue001"
"""A category nobody has: a private character, as for missing cells."""
_MOST_CELLS = 100_000
"""Size up to which the tables of all columns become one, padded to the same height and width."""


def encoded(graph: Graph, step: Any, names: list[str], inputs: Inputs) -> str:
    """What a fitted encoder makes of these columns, of texts or of numbers.

    Raises NotImplementedError for a step that is no encoder, or mixes its columns.
    """
    if not hasattr(step, "categories_"):
        raise NotImplementedError(f"the encoding of categories {type(step).__name__}")
    columns = [
        _column(name, list(categories), text=name in inputs.text_names)
        for name, categories in zip(names, step.categories_, strict=True)
    ]
    tables, order = _tables(step, columns)
    if not order:
        return graph.columns(inputs.numbers, [])
    if not all(column.text for column in columns):
        return _of_both(graph, columns, tables, order, inputs)
    texts = graph.columns(inputs.texts, [inputs.text_names.index(name) for name in names])
    known = [column.known for column in columns]
    widest = max(table.shape[1] for table in tables)
    rows = len(set(chain.from_iterable(known))) + 2
    if len(tables) * rows * widest <= _MOST_CELLS:
        return _at_once(graph, texts, known, tables, order)
    return _one_by_one(graph, texts, known, tables, order)


def _column(name: str, categories: list[Any], *, text: bool) -> _Cells:
    known = [c for c in categories if (isinstance(c, str) if text else c is not None and c == c)]  # noqa: PLR0124  NaN
    return _Cells(name, known, None if None in categories else np.nan, text=text)


def _of_both(graph: Graph, columns: list[_Cells], tables: list[Table], order: list[int], inputs: Inputs) -> str:
    """Each column looked up in its own table, whether it holds texts or numbers."""
    parts = [
        graph.add("Gather", graph.constant(table), column.place(graph, inputs), axis=0)
        for column, table in zip(columns, tables, strict=True)
        if table.shape[1]
    ]
    return graph.columns(graph.beside(parts), order, width=len(order))


def _at_once(graph: Graph, texts: str, known: list[list[str]], tables: list[Table], order: list[int]) -> str:
    """All columns looked up together: few nodes, which is what a single row's time goes to."""
    place = {category: row for row, category in enumerate(dict.fromkeys(chain.from_iterable(known)))}
    rows, widest = len(place) + 2, max(table.shape[1] for table in tables)
    stacked = np.zeros((len(tables), rows, widest))
    for own, categories, table in zip(stacked, known, tables, strict=True):
        width = table.shape[1]
        own[:, :width] = table[-1]
        own[[*(place[category] for category in categories), len(place)], :width] = table[:-1]
    at = _places(graph, texts, list(place))
    if len(tables) > 1:
        at = graph.add("Add", at, graph.constant(np.arange(len(tables), dtype=np.int64).reshape(1, -1) * rows))
    if widest == 1:
        cells = graph.add("Gather", graph.constant(stacked.reshape(-1)), at, axis=0)
    else:
        found = graph.add("Gather", graph.constant(stacked.reshape(-1, widest)), at, axis=0)
        shape = np.array([-1, len(tables) * widest], dtype=np.int64)
        cells = graph.add("Reshape", found, graph.constant(shape))
    filled = [column * widest + at for column, table in enumerate(tables) for at in range(table.shape[1])]
    return graph.columns(cells, [filled[at] for at in order], width=len(tables) * widest)


def _one_by_one(graph: Graph, texts: str, known: list[list[str]], tables: list[Table], order: list[int]) -> str:
    parts = []
    for column, (categories, table) in enumerate(zip(known, tables, strict=True)):
        if table.shape[1]:
            cells = graph.add("Gather", texts, graph.constant(np.array(column, dtype=np.int64)), axis=1)
            parts.append(graph.add("Gather", graph.constant(table), _places(graph, cells, categories), axis=0))
    return graph.columns(graph.beside(parts), order, width=len(order))


class Both:
    """An imputer and the encoder after it as one encoder, which knows what fills the gaps as well."""

    def __init__(self, imputer: Any, encoder: Any) -> None:
        if imputer.add_indicator:
            raise NotImplementedError("an imputer of categories that marks the gaps")
        self._imputer, self.encoder = imputer, encoder
        self.categories_ = encoder.categories_

    def transform(self, rows: pd.DataFrame) -> Any:
        return self.encoder.transform(self._imputer.transform(rows))


@dataclass(frozen=True)
class _Cells:
    """A column of categories: those its encoder knows; in the table follow what a missing and an unknown one become."""

    name: str
    known: list[Any]
    missing: Any
    text: bool

    @property
    def unknown(self) -> Any:
        return _UNKNOWN if self.text else float(max(map(float, self.known), default=0.0) + 1.0)

    def series(self, cells: list[Any]) -> pd.Series[Any]:
        return pd.Series(cells, dtype=object if self.text else np.float64)

    def place(self, graph: Graph, inputs: Inputs) -> str:
        """The row of the table for each cell, shape (n,)."""
        if self.text:
            at = np.array(inputs.text_names.index(self.name), dtype=np.int64)
            return _places(graph, graph.add("Gather", inputs.texts, graph.constant(at), axis=1), self.known)
        return _place_of_number(graph, inputs.matrix(graph, [self.name]), self.known)


def _tables(step: Any, columns: list[_Cells]) -> tuple[list[Table], list[int]]:
    """For each column what each of its categories, a missing and an unknown cell become; and the order of all results.

    The results that move when one column moves are that column's; those that never move go with the first one. What the
    step raises an error for becomes anything: the service does not let it in.
    """
    tables = []
    base = {column.name: (column.known or [column.unknown])[0] for column in columns}
    if _transformed(step, columns, {c.name: [c.unknown] for c in columns}) is not None:
        base = {column.name: column.unknown for column in columns}
    for column in columns:
        cells = [*column.known, column.missing, column.unknown]
        tables.append(_asked(step, columns, column, base, cells))
    width = tables[0].shape[1]
    owned = [np.flatnonzero([_moves(table[:, at]) for at in range(width)]).tolist() for table in tables]
    owned[0] += sorted(set(range(width)) - {at for own in owned for at in own})
    order = [at for own in owned for at in own]
    if len(order) != len(set(order)):
        raise NotImplementedError(f"an encoding that mixes columns, {_named(step)}")
    return [table[:, own] for table, own in zip(tables, owned, strict=True)], [
        order.index(at) for at in range(len(order))
    ]


def _named(step: Any) -> str:
    return type(step.encoder if isinstance(step, Both) else step).__name__


def _asked(step: Any, columns: list[_Cells], column: _Cells, base: dict[str, Any], cells: list[Any]) -> Table:
    """The encoding of each of the cells, all other columns as in `base`; anything where the step raises an error."""

    def made(some: list[Any]) -> Table | None:
        return _transformed(
            step, columns, {n: some if n == column.name else [value] * len(some) for n, value in base.items()}
        )

    whole = made(cells)
    if whole is not None:
        return whole
    rows = [made([cell]) for cell in cells]
    known = [row for row in rows if row is not None]
    if not known:
        raise NotImplementedError(f"the encoding of categories {_named(step)}")
    return np.vstack([known[0] if row is None else row for row in rows])


def _transformed(step: Any, columns: list[_Cells], cells: dict[str, list[Any]]) -> Table | None:
    frame = pd.DataFrame({column.name: column.series(cells[column.name]) for column in columns})
    try:
        return _dense(step.transform(frame))
    except (ValueError, TypeError):
        return None


def _moves(column: Table) -> bool:
    known = column[~np.isnan(column)]
    # A category that becomes a missing value moves the result, too.
    return bool(len(known)) and (len(known) < len(column) or not (known == known[0]).all())


def _dense(found: Any) -> Table:
    if hasattr(found, "toarray"):
        found = found.toarray()
    return np.ascontiguousarray(np.asarray(found, dtype=np.float64))


def _places(graph: Graph, cells: str, categories: list[str]) -> str:
    """For each cell the number of its category; after these come a missing cell and an unknown one."""
    return str(
        graph.add(
            "LabelEncoder",
            cells,
            domain=MACHINE_LEARNING,
            keys_strings=[*categories, MISSING_TEXT],
            values_int64s=list(range(len(categories) + 1)),
            default_int64=len(categories) + 1,
        )
    )


def _place_of_number(graph: Graph, column: str, categories: list[Any]) -> str:
    """The first that is so: equal to a category, missing, anything else."""
    known = graph.constant(np.array(categories, dtype=np.float64).reshape(1, -1))
    missing = _as_double(graph, graph.add("IsNaN", column))
    equal = _as_double(graph, graph.add("Equal", column, known))
    always = graph.add("Add", graph.add("Mul", missing, graph.constant(0.0)), graph.constant(0.5))
    return str(graph.add("ArgMax", graph.beside([equal, missing, always]), axis=1, keepdims=0))


def _as_double(graph: Graph, matrix: str) -> str:
    from onnx import TensorProto

    return str(graph.add("Cast", matrix, to=TensorProto.DOUBLE))
