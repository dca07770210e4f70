"""DeLong's areas, variances and test against numbers of the implementation published with Sun and Xu (2014).

The numbers were computed with the public Python version of their fast algorithm (github.com/yandexdataschool/roc_comparison)
on the scores below, which have ties.
"""

import numpy as np
import pytest

from specweave.metrics import Predictions, compare
from specweave.metrics.intervals import placements


@pytest.fixture(scope="module")
def scores():
    rng = np.random.default_rng(20240501)
    truth = (rng.random(120) < 0.4).astype(int)
    first = np.round(truth * 1.0 + rng.normal(size=120), 1)
    second = np.round(truth * 0.4 + 0.5 * first + rng.normal(size=120), 1)
    return truth, first, second


@pytest.mark.parametrize(
    ("which", "area", "variance"),
    [(1, 0.6451703745423825, 0.0026065169233557357), (2, 0.661081385525204, 0.0025578334113235423)],
)
def test_areas_and_variances_are_the_published_ones(scores, which, area, variance):
    positives, negatives = placements(scores[which], scores[0] == 1)
    assert positives.mean() == pytest.approx(area, rel=1e-12)
    found = positives.var(ddof=1) / len(positives) + negatives.var(ddof=1) / len(negatives)
    assert found == pytest.approx(variance, rel=1e-12)


def test_the_test_of_two_areas_gives_the_published_p_value(scores):
    truth, first, second = scores
    found = compare("roc_auc", as_predictions(truth, first), as_predictions(truth, second))
    assert found.difference == pytest.approx(0.6451703745423825 - 0.661081385525204, rel=1e-12)
    assert found.p_value == pytest.approx(0.7375853697525034, abs=1e-6)


def as_predictions(truth, scores):
    share = 1 / (1 + np.exp(-scores))
    return Predictions(
        task="binary",
        truth=np.where(truth == 1, "yes", "no"),
        labels=np.where(share > 0.5, "yes", "no"),
        scores=np.c_[1 - share, share],
        classes=("no", "yes"),
        positive="yes",
        rows=np.arange(len(truth)),
        folds=None,
        threshold=0.5,
    )
