"""Every metric on one, two and three rows: a value, or a reason why there is none, and nothing else."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from specweave.metrics import METRICS, Predictions, UndefinedMetric, compare, estimate, metrics_for, score
from specweave.metrics.intervals import area_interval

# As many answers as there are ways to be sure, unsure and wrong on a few rows.
CHANCES = (0.0, 0.5, 1.0)


def binary(truth, chances):
    scores = np.column_stack([1 - np.array(chances), chances])
    labels = np.where(scores[:, 1] >= 0.5, "yes", "no")
    return Predictions("binary", np.array(truth), labels, scores=scores, classes=("no", "yes"), positive="yes")


def multiclass(truth, labels):
    classes = ("a", "b", "c")
    scores = np.array([[0.8 if name == label else 0.1 for name in classes] for label in labels])
    return Predictions("multiclass", np.array(truth), np.array(labels), scores=scores, classes=classes)


def tiny_tables(task):
    for n in (1, 2, 3):
        if task == "binary":
            for truth in itertools.product(("no", "yes"), repeat=n):
                yield from (binary(truth, chances) for chances in itertools.product(CHANCES, repeat=n))
        elif task == "multiclass":
            for truth in itertools.product("abc", repeat=n):
                yield from (multiclass(truth, labels) for labels in itertools.product("ab", repeat=n))
        else:
            for truth in itertools.product((0.0, 1.0, -2.0), repeat=n):
                for said in itertools.product((0.0, 1.0), repeat=n):
                    yield Predictions("regression", np.array(truth), np.array(said))


CASES = [(task, metric.name) for task in ("binary", "multiclass", "regression") for metric in metrics_for(task)]


@pytest.mark.parametrize(("task", "name"), CASES)
def test_tiny_tables_give_a_value_within_the_metrics_range_or_a_reason(task, name):
    least, most = METRICS[name].bounds
    for predictions in tiny_tables(task):
        found = estimate(name, predictions, n_resamples=20)
        if found.value is None:
            assert found.undefined
            with pytest.raises(UndefinedMetric):
                score(name, predictions)
            continue
        assert least <= found.value <= most
        if found.low is not None:
            assert least - 1e-9 <= found.low <= found.value <= found.high <= most + 1e-9


@pytest.mark.parametrize(("task", "name"), CASES)
def test_tiny_tables_are_compared_or_said_to_be_incomparable(task, name):
    for predictions in itertools.islice(tiny_tables(task), 0, None, 3):
        n = len(predictions)
        other = Predictions(
            task,
            predictions.truth,
            np.roll(predictions.labels, 1),
            scores=None if predictions.scores is None else np.roll(predictions.scores, 1, axis=0),
            classes=predictions.classes,
            positive=predictions.positive,
        )
        found = compare(name, predictions, other, n_resamples=20)
        assert found.n == n
        assert (found.difference is None) == (found.verdict == "not defined")
        assert found.difference is None or all(math.isfinite(x) for x in (found.low, found.high, found.p_value))


@pytest.mark.parametrize(("area", "negatives"), [(1.0, [1.0]), (0.0, [0.0]), (1.0, [1.0, 1.0])])
def test_a_perfect_area_of_single_rows_has_a_wide_interval(area, negatives):
    low, high = area_interval(area, np.array([area]), np.array(negatives), 0.95)
    assert 0 <= low <= area <= high <= 1
    assert high - low > 0.5
