"""Models of any library as one: something with predict, predict_proba and classes_."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specweave.errors import MissingDependencyError, ModelError, listing
from specweave.metrics import as_labels
from specweave.problem import Task

_MLFLOW_ADDRESSES = ("models:/", "runs:/", "mlflow-artifacts:/")


def as_model(model: Any, task: Task, classes: tuple[str, ...]) -> Any:
    """The model itself, or an adapter for an ONNX file, an MLflow model (loaded or its address) or a .skops file.

    `classes` name the columns of probabilities where the model does not. Raises ModelError for anything else, and
    MissingDependencyError when onnxruntime is needed and not installed.
    """
    if isinstance(model, str | Path):
        return _from_address(str(model), task, classes)
    if type(model).__module__.startswith("mlflow.pyfunc"):
        return _adapted(model.predict, task, classes)
    if not hasattr(model, "predict") and task != "regression" and hasattr(model, "predict_proba"):
        own = getattr(model, "classes_", None)
        return _Named(model, classes if own is None else tuple(as_labels(own).tolist()))
    if not hasattr(model, "predict"):
        raise ModelError(
            "The model has no predict",
            value=type(model).__name__,
            allowed="an object with predict or predict_proba, an .onnx or .skops file, an MLflow model",
        )
    if task != "regression" and hasattr(model, "predict_proba") and not hasattr(model, "classes_"):
        return _Named(model, classes)
    return model


def _from_address(address: str, task: Task, classes: tuple[str, ...]) -> Any:
    path = Path(address)
    if path.suffix in (".onnx", ".skops") and not path.is_file():
        raise ModelError(
            "There is no model file by that name", value=address, next_step="give its path from here, or in full"
        )
    if path.suffix == ".onnx":
        return _adapted(OnnxModel(path), task, classes)
    if path.suffix == ".skops":
        from specweave.experiments.models import load_model

        return load_model(path)
    if address.startswith(_MLFLOW_ADDRESSES) or (path / "MLmodel").is_file():
        import mlflow

        return _adapted(mlflow.pyfunc.load_model(address).predict, task, classes)
    raise ModelError(
        "No model is known by that file or address",
        value=address,
        allowed="an .onnx or .skops file, a folder with MLmodel, models:/… or runs:/…",
    )


class _Named:
    """A model whose predict_proba does not say which column is which class."""

    def __init__(self, model: Any, classes: tuple[str, ...]) -> None:
        self._model = model
        self.classes_ = np.array(classes)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        return _columns(self._model.predict_proba(X), self.classes_)

    def predict(self, X: Any) -> NDArray[Any]:
        if not hasattr(self._model, "predict"):
            return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])
        return as_labels(np.asarray(self._model.predict(X)).ravel())


class _Values:
    """A regression whose answers may come as a column."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def predict(self, X: Any) -> NDArray[np.float64]:
        return np.asarray(self._answer(X), dtype=np.float64).reshape(len(X))


class _Labels:
    def __init__(self, answer: Any, classes: tuple[str, ...]) -> None:
        self._answer = answer
        self.classes_ = np.array(classes)

    def predict(self, X: Any) -> NDArray[Any]:
        return as_labels(np.asarray(self._answer(X)).ravel())


class _Classifier(_Labels):
    """One function that answers with probabilities."""

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        return _columns(self._answer(X), self.classes_)

    def predict(self, X: Any) -> NDArray[Any]:
        return as_labels(self.classes_[self.predict_proba(X).argmax(axis=1)])


class _Undecided:
    """A function of which only its first answer tells whether it gives probabilities or labels."""

    def __init__(self, answer: Any, classes: tuple[str, ...]) -> None:
        self._answer = answer
        self._classes = classes

    def decided(self, X: Any) -> _Labels:
        first = np.asarray(self._answer(X.iloc[:2] if hasattr(X, "iloc") else X[:2]))
        numbers = first.dtype.kind == "f" and bool(((first >= 0) & (first <= 1)).all())
        columns = first.ndim == 2 and first.shape[1] > 1
        between = numbers and not np.isin(first, (0, 1)).all()
        return (_Classifier if columns or between else _Labels)(self._answer, self._classes)


def decided(model: Any, X: Any) -> Any:
    """The adapter that fits the model's answers; models that say themselves what they give are returned as they are."""
    return model.decided(X) if isinstance(model, _Undecided) else model


def _adapted(answer: Any, task: Task, classes: tuple[str, ...]) -> Any:
    return _Values(answer) if task == "regression" else _Undecided(answer, classes)


def _columns(found: Any, classes: NDArray[Any]) -> NDArray[np.float64]:
    scores = np.asarray(found, dtype=np.float64)
    if scores.ndim == 1 or scores.shape[1] == 1:
        scores = np.column_stack([1 - scores.ravel(), scores.ravel()])
    if scores.shape[1] != len(classes):
        raise ModelError(
            "The model's probabilities do not have one column per class",
            value=f"{scores.shape[1]} columns",
            allowed=f"{len(classes)}: {listing(classes.tolist())}",
            next_step="name the classes in the columns' order with classes=(…)",
        )
    return scores


class OnnxModel:
    """An ONNX file; called with a table, it answers with probabilities where the graph has them, else with its first output."""

    def __init__(self, path: Path) -> None:
        try:
            import onnxruntime
        except ImportError:
            raise MissingDependencyError.package(
                "onnxruntime", "Judging an ONNX file", "pip install onnxruntime"
            ) from None
        try:
            self._session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ModelError(f"The ONNX file does not load: {error}", value=str(path)) from error

    def __call__(self, X: Any) -> Any:
        outputs = self._session.run(None, self._inputs(X))
        return _probabilities_among(outputs)

    def _inputs(self, X: Any) -> dict[str, NDArray[Any]]:
        wanted = self._session.get_inputs()
        if len(wanted) == 1:
            return {wanted[0].name: np.asarray(X).astype(_DTYPES.get(wanted[0].type, np.float32))}
        missing = [one.name for one in wanted if one.name not in getattr(X, "columns", ())]
        if missing:
            raise ModelError("The rows lack inputs of the ONNX file", value=listing(missing))
        return {one.name: X[one.name].to_numpy().astype(_DTYPES.get(one.type, object)).reshape(-1, 1) for one in wanted}


_DTYPES: dict[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}


def _probabilities_among(outputs: list[Any]) -> Any:
    """Probabilities come as a list of mappings or as a float matrix; a graph with neither gives its first output."""
    for output in outputs:
        if isinstance(output, list) and output and isinstance(output[0], dict):
            return np.array([list(row.values()) for row in output], dtype=np.float64)
        array = np.asarray(output)
        if array.dtype.kind == "f" and array.ndim == 2 and array.shape[1] > 1:
            return array
    return outputs[0]
