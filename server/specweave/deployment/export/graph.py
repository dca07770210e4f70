"""An ONNX graph under construction: nodes are added one by one, and each answers with the name of its result."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

MACHINE_LEARNING = "ai.onnx.ml"
OPSET = 17
# TreeEnsemble, whose thresholds and leaves may be doubles, came with this version.
MACHINE_LEARNING_OPSET = 5
IR_VERSION = 8


class Graph:
    """Nodes, constants and inputs; everything numeric is double, so that no threshold is rounded."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._inputs: list[Any] = []
        self._widths: dict[str, int] = {}
        self._count = 0

    def input(self, name: str, kind: Any, width: int) -> str:
        """An input of shape (n, width)."""
        from onnx import helper

        self._inputs.append(helper.make_tensor_value_info(name, kind, [None, width]))
        self._widths[name] = width
        return name

    def constant(self, values: NDArray[Any] | list[Any] | float) -> str:
        """A constant as it is; Python numbers become doubles."""
        from onnx import numpy_helper

        name = self._name("constant")
        self._constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def add(self, operator: str, *inputs: str, domain: str = "", outputs: int = 1, **attributes: Any) -> Any:
        """The name of the node's result, or a list of names where it has several."""
        from onnx import helper

        names = [self._name(operator) for _ in range(outputs)]
        self._nodes.append(helper.make_node(operator, list(inputs), names, domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def columns(self, matrix: str, places: list[int], *, width: int | None = None) -> str:
        """Some columns of a matrix, in this order; the matrix itself when these are all of its columns, where `width` is known."""
        if places == list(range(self._widths.get(matrix, -1) if width is None else width)):
            return matrix
        return str(self.add("Gather", matrix, self.constant(np.array(places, dtype=np.int64)), axis=1))

    def beside(self, parts: list[str]) -> str:
        """Matrices of equal height side by side."""
        return parts[0] if len(parts) == 1 else str(self.add("Concat", *parts, axis=1))

    def repeated(self, row: NDArray[np.float64], like: str) -> str:
        """A row of shape (k,) for each row of the matrix `like`; shape (n, k)."""
        n = self.add("Shape", like, start=0, end=1)
        shape = self.add("Concat", n, self.constant(np.array([len(row)], dtype=np.int64)), axis=0)
        return str(self.add("Expand", self.constant(row.reshape(1, -1)), shape))

    def model(self, outputs: dict[str, tuple[str, int]], **facts: str) -> Any:
        """The checked model; `outputs` gives for each public name the result's name and its number of columns."""
        import onnx
        from onnx import TensorProto, helper

        for name, (result, _) in outputs.items():
            self._nodes.append(helper.make_node("Identity", [result], [name]))
        shown = [
            helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, width])
            for name, (_, width) in outputs.items()
        ]
        graph = helper.make_graph(self._nodes, "model", self._inputs, shown, self._constants)
        versions = [helper.make_opsetid("", OPSET), helper.make_opsetid(MACHINE_LEARNING, MACHINE_LEARNING_OPSET)]
        model = helper.make_model(graph, opset_imports=versions, ir_version=IR_VERSION)
        for key, value in facts.items():
            entry = model.metadata_props.add()
            entry.key, entry.value = key, value
        onnx.checker.check_model(model)
        return model

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{self._count}"
