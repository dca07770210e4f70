"""scikit-learn's preprocessing as ONNX nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from specweave.deployment.export.categories import Both, encoded
from specweave.deployment.export.graph import Graph
from specweave.deployment.export.inputs import Inputs


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
    if type(step).__name__ != "Pipeline":
        return encoded(graph, step, names, inputs)
    steps = [one for _, one in step.steps]
    filled = type(steps[0]).__name__ == "SimpleImputer" and len(steps) > 1
    encoder, rest = (Both(steps[0], steps[1]), steps[2:]) if filled else (steps[0], steps[1:])
    matrix = _encoded(graph, encoder, names, inputs)
    for inner in rest:
        matrix = of_numbers(graph, inner, matrix)
    return matrix


def _as_double(graph: Graph, matrix: str) -> str:
    from onnx import TensorProto

    return str(graph.add("Cast", matrix, to=TensorProto.DOUBLE))
