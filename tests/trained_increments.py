"""Increments with a sealed test set and recorded experiments, made without the training engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from specweave.data import fingerprint
from specweave.data.seal import seal, training_rows
from specweave.data.split import SplitPlan
from specweave.experiments import create_experiment
from specweave.metrics import Predictions, as_labels, default_metric, score
from specweave.problem import Problem
from specweave.workspace import IncrementFolder, write_json


def sealed_increment(workspace, frame, target, task, *, positive=None, metric=None, group=None, **problem):
    """An increment whose last fifth of shuffled rows is sealed, with its problem."""
    folder = IncrementFolder(workspace.increments / "0001-prüfung")
    write_json(folder.metadata_file, {"id": folder.id, "status": "active"})
    frame = frame.reset_index(drop=True)
    rows = np.random.default_rng(0).permutation(len(frame))
    if group is not None:
        rows = rows[np.argsort(pd.factorize(frame[group])[0][rows], kind="stable")]
    cut = int(len(frame) * 0.8)
    plan = SplitPlan(
        "group" if group else "random",
        np.sort(rows[cut:]),
        np.sort(rows[:cut]),
        target,
        group,
        None,
        "Made for a test.",
    )
    seal(folder, frame, plan, fingerprint(frame))
    metric = metric or default_metric(task)
    return folder, Problem(task=task, target=target, positive_label=positive, metric=metric, **problem)


def add_experiment(folder, problem, name, kind, *, columns=None, strong=False, threshold=None, store=True):
    """Cross-validate a model on the training rows and record it as the training engine does."""
    frame = training_rows(folder)
    columns = columns or [column for column in frame.columns if column != problem.target]
    X, numeric = frame[columns], problem.task == "regression"
    y = frame[problem.target].to_numpy(dtype=float) if numeric else as_labels(frame[problem.target].to_numpy())
    classes = () if numeric else tuple(np.unique(y).tolist())
    facts = {
        "task": problem.task,
        "classes": classes or None,
        "positive": problem.positive_label,
        "threshold": threshold,
    }
    record = create_experiment(folder, name, kind=kind, params={"strong": strong})
    parts = []
    for fold, (learn, hold) in enumerate(KFold(3, shuffle=True, random_state=0).split(X)):
        model = _estimator(X, strong, numeric=numeric).fit(X.iloc[learn], y[learn])
        part = Predictions.from_model(
            model, X.iloc[hold], y[hold], rows=X.index[hold], folds=np.full(len(hold), fold), **facts
        )
        record.log_metric(f"fold_{fold + 1}", score(problem.metric, part))
        parts.append(part)
    whole = _joined(parts)
    whole.save(record.path / "predictions.parquet")
    record.log_metric(problem.metric, score(problem.metric, whole))
    if store:
        record.save_model(_estimator(X, strong, numeric=numeric).fit(X, y), "model.skops", **facts, features=columns)
    record.finish()
    return record


def _joined(parts):
    def column(name):
        arrays = [getattr(part, name) for part in parts]
        return None if arrays[0] is None else np.concatenate(arrays)

    first = parts[0]
    return Predictions(
        first.task,
        column("truth"),
        column("labels"),
        column("scores"),
        first.classes,
        first.positive,
        column("rows"),
        column("folds"),
        first.threshold,
    )


def _estimator(X, strong, *, numeric):
    numbers = [column for column in X.columns if is_numeric_dtype(X[column])]
    texts = [column for column in X.columns if column not in numbers]
    prepare = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore", min_frequency=10, sparse_output=False), texts),
    )
    if strong:
        model = (HistGradientBoostingRegressor if numeric else HistGradientBoostingClassifier)(
            max_iter=30, random_state=0
        )
    else:
        model = Ridge() if numeric else LogisticRegression(max_iter=1000)
    return make_pipeline(prepare, model)
