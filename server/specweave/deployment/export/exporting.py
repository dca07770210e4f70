"""A recorded model as a file a service can run, and the comparison with the original."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from specweave.data import seal
from specweave.data.sealed_features import open_features
from specweave.deployment.equality import Equality, compared, edge_rows
from specweave.deployment.export.limits import with_limits
from specweave.deployment.export.original import TRUSTED, Original
from specweave.deployment.export.signing import request_inputs, signed
from specweave.deployment.export.sources import own_sources
from specweave.deployment.export.whole import translate
from specweave.deployment.signature import Signature
from specweave.errors import DeploymentError
from specweave.evaluation.choice import model_facts
from specweave.evaluation.recorded_model import RecordedModel, load_recorded
from specweave.experiments import ExperimentSummary, open_experiment
from specweave.metrics import Predictions, as_labels
from specweave.spec_file import read_problem
from specweave.workspace import IncrementFolder, write_bytes, write_json

MODEL = "model.onnx"
ORIGINAL = "model.skops"
_CHUNK = 5_000
_COST = (
    "There is no equal form in ONNX for {reason}, so the trained model itself is served, through pandas: each call takes "
    "milliseconds in place of a tenth of one, rows that arrive while it works are answered together, and a fresh process "
    "needs seconds until its first prediction and twice the memory."
)


@dataclass(frozen=True)
class Exported:
    """The file to be served, what it takes and gives, and how equal it is; `note` is a sentence worth telling.

    `types` are those a skops file may hold beyond what skops trusts by itself; `sources` the user's modules it needs, by their path.
    """

    path: Path
    format: Literal["onnx", "skops"]
    signature: Signature
    equality: Equality
    folder: IncrementFolder
    record: ExperimentSummary
    model: RecordedModel
    note: str | None = None
    types: tuple[str, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)


def export(folder: IncrementFolder, experiment: str, *, name: str = MODEL, who: str = "deploy") -> Exported:
    """Export the model of an experiment into deployment/api/ (as model.onnx, or `name`), and compare its answers with the original's.

    Both answer all training rows, all sealed rows (their features alone: no truth is read, and it is no look), and rows made
    of missing, unknown and extreme values. A model without an equal form in ONNX is kept as it is, as model.skops.

    Raises
    ------
    DeploymentError
        No form of the model gives the original's answers; or, for a `name` of one's own, it has none in ONNX.
    """
    record = open_experiment(folder, experiment).summary()
    model = load_recorded(record, read_problem(folder), seal.read_seal(folder).target)
    rows = seal.training_rows(folder)
    rows = rows[rows[model.target].notna()].reset_index(drop=True)
    columns = model.features or tuple(str(column) for column in rows.columns if column != model.target)
    _check_answers(model, record)
    signature = signed(folder, model, rows, columns)
    sealed = open_features(folder, columns, purpose="comparison of the exported model with the original", who=who)
    rows = pd.concat([rows[list(columns)], sealed], ignore_index=True)
    signature = with_limits(signature, rows, partial(_original, signature, model))
    compare = partial(_equality, model=model, rows=rows, sealed=len(sealed))
    try:
        found = _as_onnx(model, signature, compare)
    except NotImplementedError as error:
        if name != MODEL:
            raise _no_onnx(record, str(error)) from error
        return _as_it_is(folder, record, model, signature=signature, compare=compare, reason=str(error))
    path = write_bytes(_api(folder) / name, found.content)
    return Exported(path, "onnx", found.signature, found.equality, folder, record, model)


@dataclass(frozen=True)
class _Form:
    content: bytes
    signature: Signature
    equality: Equality


def _as_onnx(model: RecordedModel, signature: Signature, compare: Callable[..., Equality]) -> _Form:
    content = onnx_bytes(model.model, signature)
    signature = signature.model_copy(update={"model_sha256": hashlib.sha256(content).hexdigest()})
    found = compare(partial(run, content, signature), signature)
    if not found.equal:
        raise NotImplementedError(f"this model: what was exported differs ({_told(found)})")
    return _Form(content, signature, found)


def _as_it_is(
    folder: IncrementFolder,
    record: ExperimentSummary,
    model: RecordedModel,
    *,
    signature: Signature,
    compare: Callable[..., Equality],
    reason: str,
) -> Exported:
    """The trained model beside its service, loaded and asked as the service does it."""
    facts = model_facts(record)
    source = record.path / str(facts.get("file", ORIGINAL))
    content = source.read_bytes()
    types = tuple(str(name) for name in facts.get("types") or ())  # type: ignore[attr-defined]
    sources = own_sources(types, folder.root)
    signature = signature.model_copy(update={"model_sha256": hashlib.sha256(content).hexdigest()})
    path = write_bytes(_api(folder) / ORIGINAL, content)
    write_json(_api(folder) / TRUSTED, sorted(types))
    served = Original(path, signature.model_dump(mode="json"))
    found = compare(lambda rows: _asked(served, signature, rows), signature)
    if not found.equal:
        raise DeploymentError(
            "The model gives other answers when it is asked as a service asks it, so it is not served",
            value=_told(found),
            next_step="name another experiment of the increment with experiment=",
        )
    note = _COST.format(reason=reason)
    return Exported(path, "skops", signature, found, folder, record, model, note, types, sources)


def _api(folder: IncrementFolder) -> Path:
    return folder.path / "deployment" / "api"


def _check_answers(model: RecordedModel, record: ExperimentSummary) -> None:
    if model.task != "regression" and not hasattr(model.model, "predict_proba"):
        raise DeploymentError(
            "The classifier gives labels without probabilities, which the service answers with",
            value=f"{record.id}: {type(model.model).__name__}",
            allowed="a model with predict_proba",
            next_step="wrap it in sklearn's CalibratedClassifierCV and record it again",
        )


def _no_onnx(record: ExperimentSummary, reason: str) -> DeploymentError:
    return DeploymentError(
        f"The challenger has no equal form in ONNX ({reason}), and a test of two models needs one",
        value=record.id,
        allowed="linear models, forests, boosted trees and blends of them, on numbers, dates and categories",
        next_step="name another experiment of the increment as challenger",
    )


def _told(found: Equality) -> str:
    return (
        f"{found.beyond} of {found.rows} rows beyond 1e-5, largest difference {found.max_difference:.3g}, "
        f"{found.labels_differ} labels"
    )


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
    return _asked(onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"]), signature, rows)


def _asked(session: Any, signature: Signature, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray | None]:
    wanted = ["values"] if signature.task == "regression" else ["probabilities", "label"]
    parts = [
        session.run(wanted, request_inputs(rows.iloc[start : start + _CHUNK], signature))
        for start in range(0, len(rows), _CHUNK)
    ]
    scores = np.concatenate([part[0] for part in parts])
    return scores, np.concatenate([part[1] for part in parts]) if len(wanted) > 1 else None


Answering = Callable[[pd.DataFrame], tuple[np.ndarray, np.ndarray | None]]


def equality(content: bytes, signature: Signature, model: RecordedModel, rows: pd.DataFrame) -> Equality:
    """The exported model's answers beside the original's, on the rows and on edge rows made of them."""
    return _equality(partial(run, content, signature), signature, model=model, rows=rows)


def _equality(
    answer: Answering, signature: Signature, *, model: RecordedModel, rows: pd.DataFrame, sealed: int = 0
) -> Equality:
    made = edge_rows(rows, signature)
    found = [
        compared(_original(signature, model, part), *answer(part), edges)
        for part, edges in ((rows, 0), (made, len(made)))
    ]
    return found[0].model_copy(
        update={
            "rows": found[0].rows + found[1].rows,
            "edge_rows": len(made),
            "sealed_rows": sealed,
            "max_difference": max(one.max_difference for one in found),
            "beyond": sum(one.beyond for one in found),
            "labels_differ": sum(one.labels_differ for one in found),
            "equal": all(one.equal for one in found),
        }
    )


def _original(signature: Signature, model: RecordedModel, rows: pd.DataFrame) -> Predictions:
    truth: Any = np.zeros(len(rows)) if model.task == "regression" else as_labels([signature.classes[0]] * len(rows))
    return Predictions.from_model(
        model.model,
        rows,
        truth,
        task=model.task,
        classes=signature.classes or None,
        positive=signature.positive,
        threshold=signature.threshold,
    )
