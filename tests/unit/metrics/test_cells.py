from __future__ import annotations

import numpy as np
import pytest

from simulated_predictions import binary_from, binormal, multiclass
from specweave.metrics import get_metric
from specweave.metrics.resampling import bootstrap_weights
from specweave.metrics.statistics import joint_cells


@pytest.mark.parametrize("name", ["mcc", "f1_macro", "precision_weighted"])
def test_drawing_counts_of_the_confusion_matrix_equals_drawing_rows(name):
    statistic = get_metric(name).prepare(multiclass(np.random.default_rng(0), 500, 1.0))
    _equal_spread(statistic, 500)


@pytest.mark.parametrize("decimals", [2, 17])
def test_drawing_counts_of_scores_equals_drawing_rows_also_with_ties(decimals):
    made = binormal(np.random.default_rng(0), 500, 1.0, share=0.1)
    tied = binary_from(np.round(made.positive_scores, decimals), made.truth == "yes")
    statistic = get_metric("average_precision").prepare(tied)
    assert statistic.cells.values(statistic.cells.counts[None])[0] == pytest.approx(statistic(np.ones((1, 500)))[0])
    _equal_spread(statistic, 500)


def test_two_models_are_drawn_together():
    rng = np.random.default_rng(0)
    made = multiclass(rng, 400, 1.0)
    other = made.take(np.arange(400))
    other.labels[::7] = rng.permutation(other.labels[::7])
    a, b = (get_metric("f1_macro").prepare(one) for one in (made, other))
    by_rows = np.concatenate([a(w) - b(w) for w in bootstrap_weights(400, 3000, seed=1)])
    by_cells = joint_cells(a, b).replicates(3000, seed=2)
    assert by_cells.mean() == pytest.approx(by_rows.mean(), abs=4 * by_rows.std() / np.sqrt(1500))
    assert by_cells.std() == pytest.approx(by_rows.std(), rel=0.1)


def _equal_spread(statistic, n):
    by_rows = np.concatenate([statistic(weights) for weights in bootstrap_weights(n, 3000, seed=1)])
    by_cells = statistic.cells.replicates(3000, seed=2)
    assert by_cells.mean() == pytest.approx(by_rows.mean(), abs=4 * by_rows.std() / np.sqrt(1500))
    assert by_cells.std() == pytest.approx(by_rows.std(), rel=0.1)
    assert np.quantile(by_cells, 0.025) == pytest.approx(np.quantile(by_rows, 0.025), abs=0.2 * by_rows.std())
