from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from skl2onnx import to_onnx
from sklearn.linear_model import LinearRegression, LogisticRegression

from specweave.errors import ModelError
from specweave.evaluation.foreign_models import as_model, decided
from specweave.metrics import Predictions

X = pd.DataFrame({"a": np.linspace(-1, 1, 20), "b": np.linspace(1, -1, 20) ** 2})
Y = np.where(X["a"] > 0.1, "yes", "no")


class _Graph:
    """What onnxruntime offers, over a scikit-learn model."""

    def __init__(self, answers, inputs):
        self._answers, self._inputs = answers, inputs

    def get_inputs(self):
        return [SimpleNamespace(name=name, type=kind) for name, kind in self._inputs]

    def run(self, names, given):
        assert names is None
        return self._answers(given)


def onnx(monkeypatch, answers, inputs=(("X", "tensor(float)"),)):
    fake = SimpleNamespace(InferenceSession=lambda path, providers: _Graph(answers, inputs))
    monkeypatch.setitem(sys.modules, "onnxruntime", fake)
    Path("model.onnx").touch()
    return "model.onnx"


@pytest.fixture
def model():
    return LogisticRegression().fit(X.to_numpy(), Y)


def judged(model, task="binary", classes=("no", "yes")):
    ready = decided(as_model(model, task, classes), X)
    return Predictions.from_model(ready, X, Y, task=task, classes=classes, positive="yes")


@pytest.mark.parametrize("as_mappings", [True, False])
def test_an_onnx_classifier_gives_its_probabilities(monkeypatch, model, as_mappings):
    def answers(given):
        assert given["X"].dtype == np.float32
        found = model.predict_proba(given["X"])
        mappings = [dict(zip(("no", "yes"), row, strict=True)) for row in found]
        return [model.predict(given["X"]), mappings if as_mappings else found]

    found = judged(onnx(monkeypatch, answers))
    assert found.scores == pytest.approx(model.predict_proba(X.to_numpy()), abs=1e-6)


def test_an_onnx_graph_with_an_input_per_column_is_fed_by_name(monkeypatch, model):
    def answers(given):
        assert given["a"].shape == (len(given["b"]), 1)
        return [model.predict_proba(np.hstack([given["a"], given["b"]]))]

    path = onnx(monkeypatch, answers, (("a", "tensor(double)"), ("b", "tensor(float)")))
    assert judged(path).scores is not None
    with pytest.raises(ModelError, match=r"lack inputs.*c"):
        judged(onnx(monkeypatch, answers, (("a", "tensor(float)"), ("c", "tensor(float)"))))


def test_an_onnx_regression_gives_values(monkeypatch):
    path = onnx(monkeypatch, lambda given: [given["X"][:, :1] * 2])
    values = as_model(path, "regression", ()).predict(X)
    assert values.shape == (20,)
    assert values == pytest.approx(2 * X["a"], abs=1e-6)


def test_a_real_onnx_file_is_judged(tmp_path, model):
    path = tmp_path / "model.onnx"
    path.write_bytes(to_onnx(model, X.to_numpy().astype(np.float32)[:1]).SerializeToString())
    assert judged(path).scores == pytest.approx(model.predict_proba(X.to_numpy()), abs=1e-5)


# mlflow's own warnings about its signature and its dependencies are not the matter here.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("as_address", [True, False])
def test_an_mlflow_pyfunc_model_is_judged(tmp_path, as_address):
    mlflow = pytest.importorskip("mlflow")
    model = LinearRegression().fit(X, X["a"] * 3)
    mlflow.sklearn.save_model(model, str(tmp_path / "m"), pip_requirements=[])
    given = str(tmp_path / "m") if as_address else mlflow.pyfunc.load_model(str(tmp_path / "m"))
    assert as_model(given, "regression", ()).predict(X) == pytest.approx(X["a"] * 3)


def test_probabilities_and_labels_of_one_function_are_told_apart(model):
    from specweave.evaluation.foreign_models import _adapted

    gives_labels = decided(_adapted(lambda X: model.predict(np.asarray(X)), "binary", ("no", "yes")), X)
    gives_scores = decided(_adapted(lambda X: model.predict_proba(np.asarray(X))[:, 1], "binary", ("no", "yes")), X)
    assert not hasattr(gives_labels, "predict_proba")
    assert gives_scores.predict_proba(X) == pytest.approx(model.predict_proba(X.to_numpy()))
    assert (gives_scores.predict(X) == gives_labels.predict(X)).all()


def test_the_wrong_number_of_classes_is_refused(model):
    bare = SimpleNamespace(predict=model.predict, predict_proba=lambda X: model.predict_proba(np.asarray(X)))
    with pytest.raises(ModelError, match="one column per class"):
        as_model(bare, "multiclass", ("a", "b", "c")).predict_proba(X)


def test_an_address_nobody_knows_is_refused():
    with pytest.raises(ModelError, match=r"\.onnx or \.skops"):
        as_model("model.bin", "binary", ("no", "yes"))
