"""Increments with a model of the user's own that has no form in ONNX, and what such a model holds."""

from __future__ import annotations

import sys

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import exported_models as made
import trained_increments as rig
from specweave.experiments import create_experiment
from specweave.spec_file import write_problem
from specweave.workspace import Workspace, write_json, write_text

NUMBERS, CATEGORIES = ["a", "whole number", "yes or no"], ["class", "many"]
MODULE = "own_ratios"
SOURCE = '''"""Features of the user's own."""

from numpy import hstack
from sklearn.base import BaseEstimator, TransformerMixin

from own_constants import SCALE


class Ratios(TransformerMixin, BaseEstimator):
    """Adds the quotient of the first two columns."""

    def fit(self, X, y=None):
        self.scale_ = SCALE
        return self

    def transform(self, X):
        return hstack([X, X[:, :1] / (1.0 + abs(X[:, 1:2])) * self.scale_])
'''


def table(task, n=400):
    """The common table without its dates, and a column of true and false."""
    X, y = made.table(task, n)
    return X.drop(columns="wann").assign(**{"yes or no": np.random.default_rng(1).random(n) < 0.4}), y


def neighbours(task):
    """A pipeline of scikit-learn alone whose last step has no translation."""
    prepare = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
        (OneHotEncoder(handle_unknown="ignore"), CATEGORIES),
    )
    return make_pipeline(prepare, KNeighborsRegressor() if task == "regression" else KNeighborsClassifier())


def with_ratios(root):
    """A pipeline with a step from a module of the project, which is written."""
    write_text(root / f"{MODULE}.py", SOURCE)
    write_text(root / "own_constants.py", "SCALE = 2.0\n")
    sys.path.append(str(root))
    try:
        from own_ratios import Ratios
    finally:
        sys.path.remove(str(root))
    prepare = make_column_transformer((SimpleImputer(), NUMBERS))
    return make_pipeline(prepare, Ratios(), StandardScaler(), LogisticRegression())


def forget():
    for name in (MODULE, "own_constants"):
        sys.modules.pop(name, None)


def increment(root, task="binary"):
    """A sealed increment with a problem, and its fitted training rows."""
    X, y = table(task)
    place = Workspace.find_or_create(root)
    positive = "yes" if task == "binary" else None
    folder, problem = rig.sealed_increment(place, X.assign(y=y), "y", task, positive=positive)
    write_text(folder.spec, "---\nid: 0001\n---\n# Spec\n")
    write_problem(folder, problem)
    return folder, problem


def record(folder, model, *, threshold=None):
    """The model fitted on the training rows and recorded as `track_experiment` does it."""
    from specweave.data.seal import training_rows

    rows = training_rows(folder)
    X, y = rows.drop(columns="y"), rows["y"].to_numpy()
    kept = create_experiment(folder, "own", kind="script", params={})
    kept.save_model(model.fit(X, y), "model.skops", threshold=threshold)
    kept.finish()
    return kept, X


def trust(folder, *names):
    write_json(folder.root / ".specweave" / "ml.json", {"trusted_types": list(names)})
