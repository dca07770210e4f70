"""Bootstrap weights: how often each row is drawn, in chunks of bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specweave.metrics.predictions import FloatArray

# 2 million weights of 8 bytes: 16 MB a chunk, a few times that inside a statistic.
CHUNK_CELLS = 2_000_000


def bootstrap_weights(n: int, n_resamples: int, seed: int, groups: Any = None) -> Iterator[FloatArray]:
    """Chunks of shape (b, n), b adding up to `n_resamples`; whole groups are drawn when `groups` (n labels) are given.

    Drawing groups instead of rows keeps rows that belong together from counting as independent evidence.
    """
    rng = np.random.default_rng(seed)
    codes = None if groups is None else group_codes(groups)
    units = n if codes is None else int(codes.max()) + 1
    size = max(1, CHUNK_CELLS // n)
    for start in range(0, n_resamples, size):
        drawn = _draw(rng, units, min(size, n_resamples - start))
        yield drawn if codes is None else drawn[:, codes]


def group_codes(groups: Any) -> NDArray[np.int64]:
    """Groups of any type as 0…g−1; a missing group is a group of its own kind."""
    import pandas as pd

    codes, _ = pd.factorize(np.asarray(groups, dtype=object), use_na_sentinel=False)
    return codes.astype(np.int64)


def _draw(rng: np.random.Generator, n: int, times: int) -> FloatArray:
    picks = rng.integers(0, n, size=(times, n), dtype=np.int64)
    picks += np.arange(times, dtype=np.int64)[:, None] * n
    return np.bincount(picks.ravel(), minlength=times * n).reshape(times, n).astype(np.float64)
