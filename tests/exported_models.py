"""Small tables with every reading of a column, models of the registered families on them, and services made of these."""

from __future__ import annotations

import hashlib
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd

from specweave.deployment.api import generate_api
from specweave.deployment.export import Exported
from specweave.deployment.export.exporting import onnx_bytes
from specweave.deployment.export.signing import signed
from specweave.deployment.monitoring.reference import Reference, profiled, write_reference
from specweave.evaluation.recorded_model import RecordedModel
from specweave.problems.base import Column
from specweave.problems.tabular.families.base import Table, families

COLUMNS = [
    Column("a", "number"),
    Column("whole number", "number"),
    Column("wann", "date"),
    Column("class", "category"),
    Column("many", "many"),
]


def table(task, n=400):
    """Features with missing values, rare categories and dates, and the target."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "a": rng.normal(size=n),
            "whole number": rng.integers(0, 50, n),
            "wann": pd.to_datetime("2019-01-01") + pd.to_timedelta(rng.integers(0, 900 * 86_400, n), unit="s"),
            "class": rng.choice(["x", "y", "ä b"], n, p=[0.5, 0.3, 0.2]),
            "many": rng.integers(0, 60, n).astype(str),
        }
    )
    X.loc[rng.random(n) < 0.1, "a"] = np.nan
    X.loc[rng.random(n) < 0.1, "class"] = None
    X.loc[rng.random(n) < 0.05, "wann"] = pd.NaT
    z = X["a"].fillna(0) + (X["class"] == "x") + X["whole number"] / 30 + rng.normal(size=n) * 0.5
    if task == "regression":
        return X, (z * 1e5).to_numpy()
    if task == "binary":
        return X, np.where(z > 1.2, "yes", "no")
    return X, np.where(z > 2, "high", np.where(z > 1, "middle", "low"))


def recorded(task, family, *, threshold=None, model=None):
    """A fitted model as its record gives it, and its features."""
    X, y = table(task)
    classes = () if task == "regression" else tuple(np.unique(y).tolist())
    if model is None:
        model = families()[family].attempts(Table(task, len(X), max(1, len(classes)), 0.4, COLUMNS, 0))[0].build()
        model.fit(X, y)
    positive = "yes" if task == "binary" else None
    facts = (f"exp-001-{family}", model, task, "y", tuple(X.columns), classes, positive, threshold, None, "ab" * 32)
    return RecordedModel(*facts), X


def signature_of(record, X):
    return signed(SimpleNamespace(id="0001-prüfung"), record, X, list(X.columns))


def generated(folder, task="binary", family="linear", threshold=None):
    """The service of a model in `folder`; what was exported, and the rows it learned from."""
    record, X = recorded(task, family, threshold=threshold)
    signature = signature_of(record, X)
    content = onnx_bytes(record.model, signature)
    signature = signature.model_copy(update={"model_sha256": hashlib.sha256(content).hexdigest()})
    path = folder / "api" / "model.onnx"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    exported = Exported(path, "onnx", signature, None, None, None, record)
    generate_api(exported, folder)
    columns = {name: profiled(X[name]) for name in X}
    facts = {"columns": columns, "score": None, "label": None, "scores_from": "training rows"}
    write_reference(folder / "api" / "reference.json", Reference(experiment="e", rows=len(X), **facts))
    return exported, X


def altered(folder, target, name, old, new):
    """A copy of a service's folder in which `old` in the file `name` has become `new`."""
    shutil.copytree(folder, target)
    source = target / name
    text = source.read_text("utf-8")
    assert old in text
    source.write_text(text.replace(old, new), "utf-8")
    return target
