"""scikit-learn's preprocessing as ONNX nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from specweave.deployment.export.categories import encoded
from specweave.deployment.export.graph import Graph


@dataclass(frozen=True)
class Inputs:
    """The typed columns as the graph takes them: doubles in one matrix, categories as text in another."""

    numbers: str
    number_names: tuple[str, ...]
    texts: str
    text_names: tuple[str, ...]

    def split(self, names: Sequence[str]) -> tuple[list[int], list[int]]:
        """Places of these columns among the numbers and among the texts."""
        numbers = [self.number_names.index(n) for n in names if n in self.number_names]
        return numbers, [self.text_names.index(n) for n in names if n in self.text_names]


def column_transformer(graph: Graph, fitted: Any, inputs: Inputs) -> str:
    """The encoded matrix of a fitted ColumnTransformer. Raises NotImplementedError for steps without a translation."""
    parts = []
    names = list(fitted.feature_names_in_)
    for _, transformer, columns in fitted.transformers_:
        chosen = [names[c] if isinstance(c, int | np.integer) else str(c) for c in _as_list(columns)]
        if not chosen or transformer == "drop":
            continue
        numbers, texts = inputs.split(chosen)
        if texts and numbers:
            raise NotImplementedError("a step that reads numbers and categories together")
        if texts:
            parts.append(_of_texts(graph, transformer, [inputs.text_names[at] for at in texts], texts, inputs))
        else:
            parts.append(of_numbers(graph, transformer, graph.columns(inputs.numbers, numbers)))
    return graph.beside(parts)


def _as_list(columns: Any) -> list[Any]:
    return [columns] if isinstance(columns, str) else list(columns)


def of_numbers(graph: Graph, step: Any, matrix: str) -> str:
    """A step on a matrix of doubles. Raises NotImplementedError for a step without a translation."""
    kind = type(step).__name__
    if isinstance(step, str) or (
        kind == "FunctionTransformer" and step.func is None
    ):  # "passthrough", before or after fit
        return matrix
    if kind == "Pipeline":
        for _, inner in step.steps:
            matrix = of_numbers(graph, inner, matrix)
        return matrix
    known = {
        "SimpleImputer": _imputed,
        "StandardScaler": _scaled,
        "MissingIndicator": _indicated,
        "Hinges": _bent,
    }
    if kind not in known:
        raise NotImplementedError(f"the preprocessing step {kind}")
    return known[kind](graph, step, matrix)


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
    if scaler.mean_ is not None and scaler.with_mean:
        matrix = graph.add("Sub", matrix, graph.constant(np.asarray(scaler.mean_, dtype=np.float64).reshape(1, -1)))
    if scaler.scale_ is not None and scaler.with_std:
        matrix = graph.add("Div", matrix, graph.constant(np.asarray(scaler.scale_, dtype=np.float64).reshape(1, -1)))
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


def _of_texts(graph: Graph, step: Any, names: list[str], places: list[int], inputs: Inputs) -> str:
    if type(step).__name__ == "Pipeline":
        matrix = _of_texts(graph, step.steps[0][1], names, places, inputs)
        for _, inner in step.steps[1:]:
            matrix = of_numbers(graph, inner, matrix)
        return matrix
    if not hasattr(step, "categories_"):
        raise NotImplementedError(f"the encoding of categories {type(step).__name__}")
    return encoded(graph, step, names, graph.columns(inputs.texts, places)) or graph.columns(inputs.numbers, [])


def _as_double(graph: Graph, matrix: str) -> str:
    from onnx import TensorProto

    return str(graph.add("Cast", matrix, to=TensorProto.DOUBLE))
