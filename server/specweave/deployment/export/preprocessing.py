"""scikit-learn's preprocessing as ONNX nodes.

An encoder of categories is not written a second time: it is asked what it makes of each category it knows, of an unknown one
and of a missing one, and the answers become a table. So target means, rare categories and whatever comes with a later
version are right by construction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from specweave.deployment.export.graph import MACHINE_LEARNING, Graph
from specweave.deployment.signature import MISSING_TEXT

_UNKNOWN = "\ue001"
"""A category nobody has: a private character, as for missing cells."""


@dataclass(frozen=True)
class Inputs:
    """The typed columns as the graph takes them: doubles in one matrix, categories as text in another."""

    numbers: str
    number_names: tuple[str, ...]
    texts: str
    text_names: tuple[str, ...]

    def unread(self, names: Sequence[str]) -> list[str]:
        """Those that are in neither matrix."""
        return [name for name in names if name not in self.number_names and name not in self.text_names]

    def matrix(self, graph: Graph, names: Sequence[str]) -> str:
        """Number columns in this order."""
        return graph.columns(self.numbers, [self.number_names.index(name) for name in names])


def column_transformer(graph: Graph, fitted: Any, inputs: Inputs) -> str:
    """The encoded matrix of a fitted ColumnTransformer. Raises NotImplementedError for steps without a translation."""
    names = [str(name) for name in getattr(fitted, "feature_names_in_", range(fitted.n_features_in_))]
    parts = []
    for _, transformer, columns in fitted.transformers_:
        chosen = [names[at] for at in _places(columns, names)]
        if not chosen or (isinstance(transformer, str) and transformer == "drop"):
            continue
        if inputs.unread(chosen):
            raise NotImplementedError(f"the column {inputs.unread(chosen)[0]} inside {type(transformer).__name__}")
        if any(name in inputs.text_names for name in chosen) or _encodes(transformer):
            parts.append(_encoded(graph, transformer, chosen, inputs))
        else:
            parts.append(of_numbers(graph, transformer, inputs.matrix(graph, chosen)))
    return graph.beside(parts)


def numbered(graph: Graph, fitted: Any, matrix: str) -> str:
    """A fitted ColumnTransformer that was given a matrix without names of columns."""
    names = [str(name) for name in getattr(fitted, "feature_names_in_", range(fitted.n_features_in_))]
    return column_transformer(graph, fitted, Inputs(matrix, tuple(names), "", ()))


def _places(columns: Any, names: list[str]) -> list[int]:
    """Places of the columns a step takes, which it names by name, place, mask or slice."""
    if isinstance(columns, str | int | np.integer):
        columns = [columns]
    if isinstance(columns, slice):
        return list(range(len(names)))[columns]
    given = list(columns)
    if given and all(isinstance(one, bool | np.bool_) for one in given):
        return [at for at, chosen in enumerate(given) if chosen]
    return [range(len(names))[int(c)] if isinstance(c, int | np.integer) else names.index(str(c)) for c in given]


def _encodes(step: Any) -> bool:
    first = step.steps[0][1] if type(step).__name__ == "Pipeline" else step
    return hasattr(first, "categories_")


def of_numbers(graph: Graph, step: Any, matrix: str) -> str:
    """A step on a matrix of doubles. Raises NotImplementedError for a step without a translation."""
    kind = type(step).__name__
    if isinstance(step, str) or (
        kind == "FunctionTransformer" and _changes_nothing(step.func)
    ):  # "passthrough", before or after fit
        return matrix
    if kind == "Pipeline":
        for _, inner in step.steps:
            matrix = of_numbers(graph, inner, matrix)
        return matrix
    if hasattr(step, "get_support"):
        return graph.columns(matrix, np.flatnonzero(step.get_support()).tolist())
    known = {
        "SimpleImputer": _imputed,
        "StandardScaler": _scaled,
        "RobustScaler": _robust,
        "MinMaxScaler": _stretched,
        "MaxAbsScaler": _shrunk,
        "PCA": _projected,
        "MissingIndicator": _indicated,
        "Hinges": _bent,
    }
    if kind not in known:
        raise NotImplementedError(f"the preprocessing step {kind}")
    return known[kind](graph, step, matrix)


def _changes_nothing(function: Any) -> bool:
    """Nothing at all, or scikit-learn's look at an array, which histogram boosting puts before its numbers."""
    return function is None or getattr(getattr(function, "func", None), "__name__", "") == "check_array"


def _imputed(graph: Graph, imputer: Any, matrix: str) -> str:
    statistics = np.asarray(imputer.statistics_, dtype=np.float64)
    if not (isinstance(imputer.missing_values, float) and np.isnan(imputer.missing_values)):
        raise NotImplementedError(f"an imputer of {imputer.missing_values!r}")
    if np.isnan(statistics).any():
        if not imputer.keep_empty_features:
            raise NotImplementedError("an imputer that drops empty columns")
        statistics = np.nan_to_num(statistics)
    filled = graph.add("Where", graph.add("IsNaN", matrix), graph.constant(statistics.reshape(1, -1)), matrix)
    if imputer.indicator_ is None:
        return str(filled)
    return graph.beside([filled, _indicated(graph, imputer.indicator_, matrix)])


def _indicated(graph: Graph, indicator: Any, matrix: str) -> str:
    chosen = graph.columns(matrix, [int(at) for at in indicator.features_])
    return _as_double(graph, graph.add("IsNaN", chosen))


def _scaled(graph: Graph, scaler: Any, matrix: str) -> str:
    return _moved(graph, matrix, scaler.mean_ if scaler.with_mean else None, scaler.scale_ if scaler.with_std else None)


def _robust(graph: Graph, scaler: Any, matrix: str) -> str:
    return _moved(graph, matrix, scaler.center_, scaler.scale_)


def _shrunk(graph: Graph, scaler: Any, matrix: str) -> str:
    if getattr(scaler, "clip", False):
        raise NotImplementedError("a scaler that clips")
    return _moved(graph, matrix, None, scaler.scale_)


def _stretched(graph: Graph, scaler: Any, matrix: str) -> str:
    if scaler.clip:
        raise NotImplementedError("a scaler that clips")
    scaled = graph.add("Mul", matrix, graph.constant(np.asarray(scaler.scale_, dtype=np.float64).reshape(1, -1)))
    return str(graph.add("Add", scaled, graph.constant(np.asarray(scaler.min_, dtype=np.float64).reshape(1, -1))))


def _projected(graph: Graph, pca: Any, matrix: str) -> str:
    axes = np.asarray(pca.components_, dtype=np.float64)
    if pca.whiten:
        axes = axes / np.sqrt(pca.explained_variance_)[:, None]
    centred = _moved(graph, matrix, pca.mean_, None)
    return str(graph.add("MatMul", centred, graph.constant(np.ascontiguousarray(axes.T))))


def _moved(graph: Graph, matrix: str, center: Any, scale: Any) -> str:
    if center is not None:
        matrix = graph.add("Sub", matrix, graph.constant(np.asarray(center, dtype=np.float64).reshape(1, -1)))
    if scale is not None:
        matrix = graph.add("Div", matrix, graph.constant(np.asarray(scale, dtype=np.float64).reshape(1, -1)))
    return matrix


def _bent(graph: Graph, hinges: Any, matrix: str) -> str:
    places, knots = [], []
    for at, own in enumerate(hinges.knots_):
        places += [at] * (1 + len(own))
        knots += [np.nan, *own]
    # `Min` and `Max` let a missing value through, as numpy's clip does.
    clipped = graph.add("Min", matrix, graph.constant(np.asarray(hinges.high_, dtype=np.float64).reshape(1, -1)))
    clipped = graph.add("Max", clipped, graph.constant(np.asarray(hinges.low_, dtype=np.float64).reshape(1, -1)))
    wide = graph.columns(clipped, places)
    row = np.array(knots, dtype=np.float64).reshape(1, -1)
    bent = graph.add(
        "Max", graph.add("Sub", wide, graph.constant(np.nan_to_num(row))), graph.constant(np.zeros((1, 1)))
    )
    return str(graph.add("Where", graph.constant(np.isnan(row)), wide, bent))


def _encoded(graph: Graph, step: Any, names: list[str], inputs: Inputs) -> str:
    """Categories, of texts or of numbers, as a step of the model encodes them."""
    if type(step).__name__ == "Pipeline":
        steps = [one for _, one in step.steps]
        filled = type(steps[0]).__name__ == "SimpleImputer" and len(steps) > 1
        encoder, rest = (Both(steps[0], steps[1]), steps[2:]) if filled else (steps[0], steps[1:])
        encoded = _encoded(graph, encoder, names, inputs)
        for inner in rest:
            encoded = of_numbers(graph, inner, encoded)
        return encoded
    if not hasattr(step, "categories_"):
        raise NotImplementedError(f"the encoding of categories {type(step).__name__}")
    known = [
        [c for c in categories if (isinstance(c, str) if name in inputs.text_names else c == c)]  # noqa: PLR0124  NaN
        for name, categories in zip(names, step.categories_, strict=True)
    ]
    missing = [None if any(c is None for c in categories) else np.nan for categories in step.categories_]
    columns = [_Cells(*facts, text=facts[0] in inputs.text_names) for facts in zip(names, known, missing, strict=True)]
    tables, order = _tables(step, columns)
    parts = [
        graph.add("Gather", graph.constant(table), column.place(graph, inputs), axis=0)
        for column, table in zip(columns, tables, strict=True)
        if table.shape[1]
    ]
    return graph.columns(graph.beside(parts), order)


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
            return _place_of_text(graph, inputs.texts, inputs.text_names.index(self.name), self.known)
        return _place_of_number(graph, inputs.matrix(graph, [self.name]), self.known)


def _tables(step: Any, columns: list[_Cells]) -> tuple[list[NDArray[np.float64]], list[int]]:
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


def _asked(
    step: Any, columns: list[_Cells], column: _Cells, base: dict[str, Any], cells: list[Any]
) -> NDArray[np.float64]:
    """The encoding of each of the cells, all other columns as in `base`; anything where the step raises an error."""

    def made(some: list[Any]) -> NDArray[np.float64] | None:
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


def _transformed(step: Any, columns: list[_Cells], cells: dict[str, list[Any]]) -> NDArray[np.float64] | None:
    frame = pd.DataFrame({column.name: column.series(cells[column.name]) for column in columns})
    try:
        return _dense(step.transform(frame))
    except (ValueError, TypeError):
        return None


def _moves(column: NDArray[np.float64]) -> bool:
    known = column[~np.isnan(column)]
    # A category that becomes a missing value moves the result, too.
    return bool(len(known)) and (len(known) < len(column) or not (known == known[0]).all())


def _dense(found: Any) -> NDArray[np.float64]:
    if hasattr(found, "toarray"):
        found = found.toarray()
    return np.ascontiguousarray(np.asarray(found, dtype=np.float64))


def _place_of_text(graph: Graph, texts: str, at: int, categories: list[str]) -> str:
    column = graph.add("Gather", texts, graph.constant(np.array(at, dtype=np.int64)), axis=1)
    return str(
        graph.add(
            "LabelEncoder",
            column,
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
