"""A recorded model as a file a service can run, and the comparison with the original."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from specweave.data import seal
from specweave.deployment.equality import Equality, compared, edge_rows
from specweave.deployment.export.signing import request_inputs, signed
from specweave.deployment.export.whole import translate
from specweave.deployment.signature import Signature
from specweave.errors import DeploymentError
from specweave.evaluation.recorded_model import RecordedModel, load_recorded
from specweave.experiments import ExperimentSummary, open_experiment
from specweave.metrics import Predictions, as_labels
from specweave.spec_file import read_problem
from specweave.workspace import IncrementFolder, write_bytes

MODEL = "model.onnx"
_CHUNK = 5_000


@dataclass(frozen=True)
class Exported:
    """The exported file, what it takes and gives, and how equal it is; `note` is a sentence worth telling."""

    path: Path
    format: Literal["onnx"]
    signature: Signature
    equality: Equality
    folder: IncrementFolder
    record: ExperimentSummary
    model: RecordedModel
    note: str | None = None


def export(folder: IncrementFolder, experiment: str, *, name: str = MODEL) -> Exported:
    """Export the model of an experiment into deployment/api/ (as model.onnx, or `name`), and compare its answers with the original's.

    All training rows are answered by both, and rows made of missing, unknown and extreme values; sealed rows are not read.

    Raises
    ------
    DeploymentError
        The model has a part without a form in ONNX, or the exported model answers differently.
    """
    import hashlib

    record = open_experiment(folder, experiment).summary()
    problem = read_problem(folder)
    rows = seal.training_rows(folder)
    model = load_recorded(record, problem, seal.read_seal(folder).target)
    rows = rows[rows[model.target].notna()].reset_index(drop=True)
    columns = model.features or tuple(str(name) for name in rows.columns if name != model.target)
    signature = signed(folder, model, rows, columns)
    try:
        content = onnx_bytes(model.model, signature)
    except NotImplementedError as error:
        raise DeploymentError(
            f"The model cannot be exported whole: there is no equal form in ONNX for {error}",
            value=record.id,
            allowed="linear models, forests, boosted trees and blends of them, on numbers, dates and categories",
            next_step="name another experiment of the increment with experiment=",
        ) from error
    signature = signature.model_copy(update={"model_sha256": hashlib.sha256(content).hexdigest()})
    found = equality(content, signature, model, rows[list(columns)])
    if not found.equal:
        raise DeploymentError(
            "The exported model answers differently from the original, so it is not used",
            value=f"{found.beyond} of {found.rows} rows beyond 1e-5, largest difference {found.max_difference:.3g}, "
            f"{found.labels_differ} labels",
            next_step="name another experiment of the increment with experiment=",
        )
    path = write_bytes(folder.path / "deployment" / "api" / name, content)
    return Exported(path, "onnx", signature, found, folder, record, model)


def onnx_bytes(model: Any, signature: Signature) -> bytes:
    """The file: inputs `numbers` and `texts` as the signature orders them; outputs as `whole.translate` gives them, and `label`.

    `label` is the place of the decision among the classes, the signature's threshold applied. Raises NotImplementedError
    when a part has no translation.
    """
    numbers, texts = [c.name for c in signature.numeric], [c.name for c in signature.textual]
    translated, classes = translate(model, numbers, texts)
    if signature.task != "regression":
        if classes != signature.classes:
            raise NotImplementedError("classes that the record does not name in the model's order")
        _decide(translated.graph, signature)
    content: bytes = translated.SerializeToString()
    return content


def _decide(graph: Any, signature: Signature) -> None:
    """Add the output `label` after `probabilities`."""
    from onnx import TensorProto, helper, numpy_helper

    def constant(name: str, value: Any) -> str:
        graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    if signature.threshold is None or signature.positive is None:
        graph.node.append(helper.make_node("ArgMax", ["probabilities"], ["label"], axis=1, keepdims=0))
    else:
        at = signature.classes.index(signature.positive)
        positive = constant("positive", np.int64(at))
        threshold = constant("threshold", np.float64(signature.threshold))
        graph.node.extend(
            [
                helper.make_node("Gather", ["probabilities", positive], ["positive_probability"], axis=1),
                helper.make_node("GreaterOrEqual", ["positive_probability", threshold], ["reached"]),
                helper.make_node("Where", ["reached", positive, constant("negative", np.int64(1 - at))], ["label"]),
            ]
        )
    graph.output.append(helper.make_tensor_value_info("label", TensorProto.INT64, ["n"]))


def run(content: bytes, signature: Signature, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray | None]:
    """Probabilities or values, and the places of the labels, in chunks, by one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    wanted = ["values"] if signature.task == "regression" else ["probabilities", "label"]
    parts = [
        session.run(wanted, request_inputs(rows.iloc[start : start + _CHUNK], signature))
        for start in range(0, len(rows), _CHUNK)
    ]
    scores = np.concatenate([part[0] for part in parts])
    return scores, np.concatenate([part[1] for part in parts]) if len(wanted) > 1 else None


def equality(content: bytes, signature: Signature, model: RecordedModel, rows: pd.DataFrame) -> Equality:
    """The exported model's answers beside the original's, on the rows and on edge rows made of them."""
    made = edge_rows(rows, [c.name for c in signature.numeric], [c.name for c in signature.textual])
    worst = [(rows, 0), (made, len(made))]
    found = [_compared(content, signature, model, part, edges) for part, edges in worst]
    return found[0].model_copy(
        update={
            "rows": found[0].rows + found[1].rows,
            "edge_rows": len(made),
            "max_difference": max(one.max_difference for one in found),
            "beyond": sum(one.beyond for one in found),
            "labels_differ": sum(one.labels_differ for one in found),
            "equal": all(one.equal for one in found),
        }
    )


def _compared(content: bytes, signature: Signature, model: RecordedModel, rows: pd.DataFrame, edges: int) -> Equality:
    truth: Any = np.zeros(len(rows)) if model.task == "regression" else as_labels([signature.classes[0]] * len(rows))
    original = Predictions.from_model(
        model.model,
        rows,
        truth,
        task=model.task,
        classes=signature.classes or None,
        positive=signature.positive,
        threshold=signature.threshold,
    )
    return compared(original, *run(content, signature, rows), edges)
