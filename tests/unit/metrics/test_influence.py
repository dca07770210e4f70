from __future__ import annotations

import numpy as np
import pytest

from simulated_predictions import binormal, multiclass, regression
from specweave.metrics import influence, score

CASES = {
    "average_precision": (influence.average_precision, lambda rng: binormal(rng, 300, 1.0)),
    "roc_auc_ovr": (influence.areas, lambda rng: multiclass(rng, 300, 1.0)),
    "r2": (influence.determination, lambda rng: regression(rng, 300)),
}


@pytest.mark.parametrize("name", CASES)
def test_influence_is_the_derivative_of_the_metric_in_a_row_s_weight(name):
    """Raising one row's weight by h moves the metric by influence · h / (n + h), to first order."""
    from specweave.metrics import get_metric

    function, make = CASES[name]
    predictions = make(np.random.default_rng(0))
    found = function(predictions)
    statistic = get_metric(name).prepare(predictions)
    step = 1e-5
    for row in range(0, 300, 37):
        weights = np.ones((1, 300))
        weights[0, row] += step
        slope = (statistic(weights)[0] - score(name, predictions)) / step * 300
        # A row's own weight also counts among the rows it is compared with: of order 1/n.
        assert slope == pytest.approx(found[row], abs=0.02)


@pytest.mark.parametrize("name", CASES)
def test_influence_has_mean_zero(name):
    function, make = CASES[name]
    assert function(make(np.random.default_rng(1))).mean() == pytest.approx(0, abs=1e-10)


def test_influence_of_the_lift_has_mean_near_zero_and_gives_the_bootstrap_s_spread():
    from specweave.metrics import get_metric
    from specweave.metrics.resampling import bootstrap_weights

    predictions = binormal(np.random.default_rng(0), 4000, 1.2)
    found = influence.lift(predictions)
    statistic = get_metric("lift_top_decile").prepare(predictions)
    replicates = np.concatenate([statistic(weights) for weights in bootstrap_weights(4000, 800, seed=0)])
    assert np.sqrt(np.mean(found**2) / 4000) == pytest.approx(replicates.std(), rel=0.15)
    assert abs(found.mean()) < 0.01
