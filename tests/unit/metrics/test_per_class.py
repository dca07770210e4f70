from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from simulated_predictions import multiclass, regression
from specweave.metrics import Predictions, UndefinedMetric
from specweave.metrics.per_class import per_class


def test_every_class_equals_scikit_learn():
    predictions = multiclass(np.random.default_rng(0), 500, 1.0)
    expected = precision_recall_fscore_support(predictions.truth, predictions.labels, labels=list("0123"))
    for found, *values in zip(per_class(predictions), *expected, strict=True):
        assert [found.precision.value, found.recall.value, found.f1.value, found.n_true] == pytest.approx(
            values, abs=1e-12
        )
        assert found.recall.low < found.recall.value < found.recall.high


def test_a_class_nobody_predicted_has_no_precision():
    found = per_class(Predictions("multiclass", ["a", "b", "c"], ["a", "b", "b"]))[2]
    assert found.precision.undefined == "no row was predicted as c"
    assert (found.recall.value, found.n_predicted) == (0, 0)


def test_a_regression_has_no_classes():
    with pytest.raises(UndefinedMetric, match="no classes"):
        per_class(regression(np.random.default_rng(0), 10))
