import numpy as np
import pytest

from made_tables import COLUMNS, made, resolved, table
from specweave.metrics import score
from specweave.problems.tabular.baselines import baselines
from specweave.problems.tabular.kind import Tabular


def fitted(task, n=400, **facts):
    kind, problem, frame = Tabular(), resolved(task), made(n, task=task, **facts)
    classes = kind.classes(problem, frame)
    for attempt in baselines(table(task)):
        model = kind.fit(attempt, problem, frame.iloc[: n // 2], COLUMNS)
        yield attempt.name, kind.predict(model, problem, frame.iloc[n // 2 :], COLUMNS, classes)


def test_baselines_of_classes_are_what_they_are_called():
    found = dict(fitted("binary", rare=0.3))
    assert list(found) == ["random", "majority", "one-rule", "linear"]
    assert set(found["majority"].labels) == {"no"}
    assert 0.15 < (found["random"].labels == "yes").mean() < 0.45
    assert len(np.unique(found["one-rule"].positive_scores)) == 2
    order = [score("roc_auc", found[name]) for name in ("majority", "one-rule", "linear")]
    assert order == sorted(order)


def test_baselines_of_numbers_are_what_they_are_called():
    found = dict(fitted("regression"))
    truth = made(400, task="regression")["y"].to_numpy()[:200]
    assert list(found) == ["median", "mean", "one-rule", "linear"]
    assert found["median"].labels[0] == pytest.approx(np.median(truth))
    assert found["mean"].labels[0] == pytest.approx(truth.mean())
    assert len(np.unique(found["one-rule"].labels)) == 2
    assert score("rmse", found["linear"]) < score("rmse", found["one-rule"]) < score("rmse", found["mean"])


def test_several_classes_have_baselines_too():
    assert all(score("accuracy", predictions) > 0.2 for _, predictions in fitted("multiclass"))
