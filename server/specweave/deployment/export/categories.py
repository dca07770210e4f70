"""scikit-learn's encoders of categories as ONNX nodes.

An encoder is not written a second time: it is asked what it makes of each category it knows, of an unknown one and of a
missing one, and the answers become a table. So target means, rare categories and whatever comes with a later version are
right by construction.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.deployment.export.graph import MACHINE_LEARNING, Graph
from specweave.deployment.signature import MISSING_TEXT

Table = NDArray[np.float64]
_UNKNOWN = "\ue001"
"""A category nobody has: a private character, as for missing cells."""
_MOST_CELLS = 100_000
"""Size up to which the tables of all columns become one, padded to the same height and width."""


def encoded(graph: Graph, step: Any, names: list[str], texts: str) -> str | None:
    """What a fitted encoder makes of these columns, which `texts` holds; None when that is nothing."""
    known = [[c for c in categories if isinstance(c, str)] for categories in step.categories_]
    tables, order = _tables(step, names, known)
    if not order:
        return None
    widest = max(table.shape[1] for table in tables)
    rows = len(set(chain.from_iterable(known))) + 2
    if len(tables) * rows * widest <= _MOST_CELLS:
        return _at_once(graph, texts, known, tables, order)
    return _one_by_one(graph, texts, known, tables, order)


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


def _tables(step: Any, names: list[str], known: list[list[str]]) -> tuple[list[Table], list[int]]:
    """For each column what each of its categories, a missing and an unknown cell become; and the order of all results.

    The results that move when one column moves are that column's; those that never move go with the first one.
    """
    base = dict.fromkeys(names, _UNKNOWN)
    tables, owned = [], []
    for name, categories in zip(names, known, strict=True):
        cells: list[Any] = [*categories, np.nan, _UNKNOWN]
        frame = pd.DataFrame(
            {n: pd.Series(cells if n == name else [base[n]] * len(cells), dtype=object) for n in names}
        )
        tables.append(_dense(step.transform(frame[names])))
    moving = [np.flatnonzero([_moves(table[:, at]) for at in range(table.shape[1])]) for table in tables]
    still = sorted(set(range(tables[0].shape[1])) - {int(at) for own in moving for at in own})
    owned = [[int(at) for at in own] for own in moving]
    owned[0] += still
    order = [at for own in owned for at in own]
    return [table[:, own] for table, own in zip(tables, owned, strict=True)], [
        order.index(at) for at in range(len(order))
    ]


def _moves(column: Table) -> bool:
    return not (np.isnan(column).all() or (column == column[0]).all())


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
