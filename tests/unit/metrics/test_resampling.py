from __future__ import annotations

import numpy as np

from specweave.metrics import resampling
from specweave.metrics.resampling import bootstrap_weights


def test_each_resample_draws_as_many_rows_as_there_are():
    weights = np.concatenate(list(bootstrap_weights(50, 200, seed=0)))
    assert weights.shape == (200, 50)
    assert (weights.sum(axis=1) == 50).all()
    assert abs(weights.var() - (1 - 1 / 50)) < 0.05


def test_groups_are_drawn_whole():
    groups = np.array(["a", "a", None, "b", None])
    for weights in bootstrap_weights(5, 30, seed=0, groups=groups):
        assert (weights[:, 0] == weights[:, 1]).all()
        assert (weights[:, 2] == weights[:, 4]).all()
        assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()


def test_chunks_are_bounded_and_do_not_change_the_draws(monkeypatch):
    whole = np.concatenate(list(bootstrap_weights(40, 25, seed=1)))
    monkeypatch.setattr(resampling, "CHUNK_CELLS", 400)
    chunks = list(bootstrap_weights(40, 25, seed=1))
    assert max(chunk.size for chunk in chunks) <= 400
    assert np.array_equal(np.concatenate(chunks), whole)
