"""scikit-learn's calibrators as ONNX nodes: sigmoid, isotonic and temperature."""

from __future__ import annotations

from typing import Any

import numpy as np

from specweave.deployment.export.graph import Graph

_LEAST = 1e-12
"""What scikit-learn adds before it takes a logarithm."""


def calibrated(graph: Graph, member: Any, response: str, *, probability: bool) -> str:
    """Probabilities of one fitted `_CalibratedClassifier` from its estimator's response.

    The response has shape (n, 1) of two classes (that of the second), else (n, k); `probability` tells a probability from a
    decision function. Raises NotImplementedError for a calibrator without a translation.
    """
    calibrators, n_classes = member.calibrators, len(member.classes)
    if type(calibrators[0]).__name__ == "_TemperatureScaling":
        return _cooled(graph, float(calibrators[0].beta_), response, two=n_classes == 2, probability=probability)
    if n_classes == 2:
        positive = _calibrator(graph, calibrators[0], response)
        return graph.beside([graph.add("Sub", graph.constant(np.ones((1, 1))), positive), positive])
    if len(calibrators) != n_classes:
        raise NotImplementedError("a calibration that has not seen every class")
    parts = [_calibrator(graph, one, graph.columns(response, [at])) for at, one in enumerate(calibrators)]
    together = graph.beside(parts)
    total = graph.add("MatMul", together, graph.constant(np.ones((n_classes, 1))))
    # Where every calibrator says no, each class is as likely as any other.
    nothing = graph.add("Equal", total, graph.constant(0.0))
    safe = graph.add("Where", nothing, graph.constant(1.0), total)
    even = graph.constant(np.full((1, n_classes), 1 / n_classes))
    return str(graph.add("Where", nothing, even, graph.add("Div", together, safe)))


def _cooled(graph: Graph, beta: float, response: str, *, two: bool, probability: bool) -> str:
    if probability:
        if two:
            response = graph.beside([graph.add("Sub", graph.constant(np.ones((1, 1))), response), response])
        response = graph.add("Log", graph.add("Add", response, graph.constant(_LEAST)))
    elif two:
        response = graph.beside([graph.add("Neg", response), response])
    return str(graph.add("Softmax", graph.add("Mul", response, graph.constant(beta)), axis=1))


def _calibrator(graph: Graph, one: Any, response: str) -> str:
    kind = type(one).__name__
    if kind == "_SigmoidCalibration":
        scaled = graph.add("Mul", response, graph.constant(-float(one.a_)))
        return str(graph.add("Sigmoid", graph.add("Add", scaled, graph.constant(-float(one.b_)))))
    if kind == "IsotonicRegression":
        return _interpolated(graph, one, response)
    raise NotImplementedError(f"the calibration {kind}")


def _interpolated(graph: Graph, one: Any, response: str) -> str:
    """The piecewise linear function, flat outside of what it was fitted on."""
    x, y = (np.asarray(values, dtype=np.float64) for values in (one.X_thresholds_, one.y_thresholds_))
    if len(x) == 1:
        return graph.repeated(y, response)
    clipped = graph.add("Min", response, graph.constant(np.array([[x[-1]]])))
    clipped = graph.add("Max", clipped, graph.constant(np.array([[x[0]]])))
    reached = _as_double(graph, graph.add("GreaterOrEqual", clipped, graph.constant(x[1:-1].reshape(1, -1))))
    segment = _as_place(graph, graph.add("MatMul", reached, graph.constant(np.ones((len(x) - 2, 1)))))
    slope, begin, low = (
        graph.add("Gather", graph.constant(values), segment, axis=0)
        for values in (np.diff(y) / np.diff(x), x[:-1], y[:-1])
    )
    return str(graph.add("Add", low, graph.add("Mul", slope, graph.add("Sub", clipped, begin))))


def _as_double(graph: Graph, matrix: str) -> str:
    from onnx import TensorProto

    return str(graph.add("Cast", matrix, to=TensorProto.DOUBLE))


def _as_place(graph: Graph, matrix: str) -> str:
    from onnx import TensorProto

    return str(graph.add("Cast", matrix, to=TensorProto.INT64))
