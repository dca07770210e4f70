"""The uncertainty of a cross-validated mean."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from specweave.metrics.intervals import Interval, student_quantile
from specweave.metrics.registry import get_metric
from specweave.metrics.undefined import UndefinedMetric


def fold_interval(
    values: Sequence[float], n_train: float, n_test: float, level: float = 0.95, *, metric: str | None = None
) -> Interval:
    """Interval of the mean over folds by the corrected resampled t-test (Nadeau and Bengio 2003).

    Folds share training rows, so the plain variance of the mean is far too small; it is raised from 1/k to
    1/k + n_test/n_train, rows of one fold's two sides. With the `metric` named, the interval ends where its values do.
    Raises UndefinedMetric with fewer than two folds.
    """
    scores = np.asarray(values, dtype=np.float64)
    if len(scores) < 2:
        raise UndefinedMetric("one fold shows no spread")
    error = float(np.sqrt((1 / len(scores) + n_test / n_train) * scores.var(ddof=1)))
    half = student_quantile(level, len(scores) - 1) * error
    least, most = get_metric(metric).bounds if metric else (-math.inf, math.inf)
    mean = float(scores.mean())
    return Interval(mean - half, mean + half).around(mean, least, most)
