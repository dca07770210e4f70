"""A fitted model with its preprocessing as one ONNX model.

Inputs are `numbers`, doubles of shape (n, p): the number columns, and dates as seconds since 1970, NaN where missing; and
`texts`, strings of shape (n, q): the category columns, `signature.MISSING_TEXT` where missing. Outputs are `probabilities` (n, k) or `values` (n, 1), doubles.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from specweave.deployment.export.calibration import calibrated
from specweave.deployment.export.dates import PARTS, date_parts
from specweave.deployment.export.estimators import decision, estimator
from specweave.deployment.export.graph import Graph
from specweave.deployment.export.inputs import Inputs
from specweave.deployment.export.preprocessing import column_transformer, of_numbers
from specweave.metrics import as_labels
from specweave.problems.tabular.typed_columns import TypedColumns

_SEARCHES = ("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV")


def translate(model: Any, numbers: Sequence[str], texts: Sequence[str], **facts: str) -> tuple[Any, tuple[str, ...]]:
    """A pipeline of preprocessing and estimator, or a blend, vote or calibration of such: the ONNX model, and its classes.

    `numbers` and `texts` are the columns in the order of the two inputs, dates among the numbers; `facts` become metadata
    of the ONNX model.

    Raises
    ------
    NotImplementedError
        A part has no translation; the text names it.
    """
    from onnx import TensorProto

    graph = Graph()
    number_input = graph.input("numbers", TensorProto.DOUBLE, len(numbers)) if numbers else ""
    text_input = graph.input("texts", TensorProto.STRING, len(texts)) if texts else ""
    inputs = Inputs(number_input, tuple(numbers), text_input, tuple(texts))
    classes = tuple(as_labels(model.classes_).tolist()) if hasattr(model, "predict_proba") else ()
    with warnings.catch_warnings():
        # Encoders are asked on purpose about a category they do not know.
        warnings.simplefilter("ignore", UserWarning)
        result = _Model(graph, inputs).scores(model)
    output = {"probabilities": (result, len(classes))} if classes else {"values": (result, 1)}
    return graph.model(output, **facts), classes


@dataclass(frozen=True)
class _Model:
    """Models of models down to single pipelines, all on the same inputs."""

    graph: Graph
    inputs: Inputs

    def scores(self, model: Any) -> str:
        """Probabilities in the order of the model's classes, or values."""
        kind = type(model).__name__
        if kind == "Blend":
            return self._mean([self._aligned(member, model) for member in model.models])
        if kind in _SEARCHES:
            return self.scores(model.best_estimator_)
        if kind in ("VotingClassifier", "VotingRegressor"):
            return self._vote(model)
        if kind == "CalibratedClassifierCV":
            return self._mean([self._calibrated(member) for member in model.calibrated_classifiers_])
        return self._pipeline(model, estimator)

    def _calibrated(self, member: Any) -> str:
        """What scikit-learn calibrates is the decision function where there is one, else the probabilities."""
        inner = member.estimator
        if hasattr(inner, "decision_function"):
            return calibrated(self.graph, member, self._pipeline(inner, decision), probability=False)
        found = self.scores(inner)
        response = self.graph.columns(found, [1]) if len(inner.classes_) == 2 else found
        return calibrated(self.graph, member, response, probability=True)

    def _vote(self, model: Any) -> str:
        if getattr(model, "voting", "soft") != "soft":
            raise NotImplementedError("a vote of labels")
        results = [self.scores(member) for member in model.estimators_]
        given = model._weights_not_none  # noqa: SLF001  leaves out the weights of dropped members
        weights = np.ones(len(results)) if given is None else np.asarray(given, dtype=np.float64)
        shares = [self.graph.constant(float(share)) for share in weights / weights.sum()]
        return self._sum([str(self.graph.add("Mul", r, share)) for r, share in zip(results, shares, strict=True)])

    def _pipeline(self, model: Any, last: Callable[[Graph, Any, str], str]) -> str:
        steps = [step for _, step in model.steps] if type(model).__name__ == "Pipeline" else [model]
        inputs = self.inputs
        if isinstance(steps[0], TypedColumns):
            inputs, steps = self._typed(steps[0]), steps[1:]
        if type(steps[0]).__name__ == "ColumnTransformer":
            matrix, steps = column_transformer(self.graph, steps[0], inputs), steps[1:]
        elif inputs.text_names:
            raise NotImplementedError(f"the step {type(steps[0]).__name__} on columns of text")
        else:
            matrix = inputs.numbers
        for step in steps[:-1]:
            matrix = of_numbers(self.graph, step, matrix)
        return last(self.graph, steps[-1], matrix)

    def _typed(self, step: TypedColumns) -> Inputs:
        """The columns as the encoder of one member knows them: its numbers, then the parts of its dates."""
        names, graph = list(self.inputs.number_names), self.graph
        parts = [graph.columns(self.inputs.numbers, [names.index(n) for n in step.numbers])] if step.numbers else []
        for name in step.dates:
            found = date_parts(graph, graph.columns(self.inputs.numbers, [names.index(name)]))
            parts += [found[part] for part in PARTS]
        known = tuple(str(n) for n in step.get_feature_names_out() if n not in step.categories)
        return Inputs(graph.beside(parts) if parts else "", known, self.inputs.texts, self.inputs.text_names)

    def _mean(self, results: list[str]) -> str:
        # onnxruntime has no Mean of doubles.
        total = self._sum(results)
        return (
            total if len(results) == 1 else str(self.graph.add("Div", total, self.graph.constant(float(len(results)))))
        )

    def _sum(self, results: list[str]) -> str:
        total = results[0]
        for other in results[1:]:
            total = self.graph.add("Add", total, other)
        return total

    def _aligned(self, member: Any, whole: Any) -> str:
        """Probabilities in the order of all classes; a class the member does not know has none."""
        result = self.scores(member)
        if not hasattr(member, "predict_proba"):
            return result
        own, classes = as_labels(member.classes_).tolist(), as_labels(whole.classes_).tolist()
        if own == classes:
            return result
        spread = np.zeros((len(own), len(classes)))
        for at, name in enumerate(own):
            spread[at, classes.index(name)] = 1.0
        return str(self.graph.add("MatMul", result, self.graph.constant(spread)))
