"""A fitted model with its preprocessing as one ONNX model.

Inputs are `numbers`, doubles of shape (n, p): the number columns, and dates as seconds since 1970, NaN where missing; and
`texts`, strings of shape (n, q): the category columns, `signature.MISSING_TEXT` where missing. Outputs are `probabilities` (n, k) or `values` (n, 1), doubles.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from specweave.deployment.export.dates import PARTS, date_parts
from specweave.deployment.export.estimators import estimator
from specweave.deployment.export.graph import Graph
from specweave.deployment.export.preprocessing import Inputs, column_transformer, of_numbers
from specweave.metrics import as_labels
from specweave.problems.tabular.typed_columns import TypedColumns


def translate(model: Any, numbers: Sequence[str], texts: Sequence[str], **facts: str) -> tuple[Any, tuple[str, ...]]:
    """A pipeline of typed columns, encoding and estimator, or a blend of such: the ONNX model, and its classes.

    `numbers` and `texts` are the columns in the order of the two inputs, dates among the numbers; `facts` become metadata
    of the ONNX model.

    Raises
    ------
    NotImplementedError
        A part has no translation; the text names it.
    """
    from onnx import TensorProto

    members = list(model.models) if type(model).__name__ == "Blend" else [model]
    steps = [_typed(member) for member in members]
    graph = Graph()
    number_input = graph.input("numbers", TensorProto.DOUBLE, len(numbers)) if numbers else ""
    text_input = graph.input("texts", TensorProto.STRING, len(texts)) if texts else ""
    classes = tuple(as_labels(model.classes_).tolist()) if hasattr(members[0], "predict_proba") else ()
    results = []
    with warnings.catch_warnings():
        # Encoders are asked on purpose about a category they do not know.
        warnings.simplefilter("ignore", UserWarning)
        for member, step in zip(members, steps, strict=True):
            inputs = _typed_inputs(
                graph, step, numbers=number_input, names=list(numbers), texts=text_input, text_names=tuple(texts)
            )
            results.append(_aligned(graph, member, _one(graph, member, inputs), classes))
    output = (
        {"probabilities": (_mean(graph, results), len(classes))} if classes else {"values": (_mean(graph, results), 1)}
    )
    return graph.model(output, **facts), classes


def _mean(graph: Graph, results: list[str]) -> str:
    # onnxruntime has no Mean of doubles.
    total = results[0]
    for other in results[1:]:
        total = graph.add("Add", total, other)
    return total if len(results) == 1 else str(graph.add("Div", total, graph.constant(float(len(results)))))


def _typed_inputs(
    graph: Graph, step: TypedColumns, *, numbers: str, names: list[str], texts: str, text_names: tuple[str, ...]
) -> Inputs:
    """The columns as the encoder of one member knows them: its numbers, then the parts of its dates."""
    parts = [graph.columns(numbers, [names.index(n) for n in step.numbers])] if step.numbers else []
    for name in step.dates:
        found = date_parts(graph, graph.columns(numbers, [names.index(name)]))
        parts += [found[part] for part in PARTS]
    known = tuple(str(n) for n in step.get_feature_names_out() if n not in step.categories)
    return Inputs(graph.beside(parts) if parts else "", known, texts, text_names)


def _typed(member: Any) -> TypedColumns:
    first = member.steps[0][1] if type(member).__name__ == "Pipeline" else None
    if not isinstance(first, TypedColumns):
        raise NotImplementedError("a model that does not begin with this package's typed columns")
    return first


def _one(graph: Graph, member: Any, inputs: Inputs) -> str:
    steps = [step for _, step in member.steps[1:]]
    first, rest = steps[0], steps[1:]
    if type(first).__name__ != "ColumnTransformer":
        raise NotImplementedError(f"the preprocessing step {type(first).__name__} right after the typed columns")
    matrix = column_transformer(graph, first, inputs)
    for step in rest[:-1]:
        matrix = of_numbers(graph, step, matrix)
    return estimator(graph, rest[-1], matrix)


def _aligned(graph: Graph, member: Any, result: str, classes: tuple[str, ...]) -> str:
    """Probabilities in the order of all classes; a class the member does not know has none."""
    own = as_labels(member.classes_).tolist() if classes else []
    if tuple(own) == classes:
        return result
    spread = np.zeros((len(own), len(classes)))
    for at, name in enumerate(own):
        spread[at, classes.index(name)] = 1.0
    return str(graph.add("MatMul", result, graph.constant(spread)))
