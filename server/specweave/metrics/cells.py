"""Statistics of a few counts, whose bootstrap draws the counts instead of the rows.

Resampling n rows and counting them is the same as drawing the counts from a multinomial distribution, so the
replicates are those of the ordinary bootstrap at a cost that does not grow with the number of rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from specweave.metrics.predictions import FloatArray

CHUNK = 2_000_000


@dataclass(frozen=True)
class Cells:
    """`counts` of shape (c,) of the rows at hand; `values` maps counts of shape (b, c) to b values of the statistic."""

    counts: FloatArray
    values: Callable[[FloatArray], FloatArray]

    def replicates(self, n_resamples: int, seed: int) -> FloatArray:
        """The statistic on `n_resamples` bootstrap samples, shape (n_resamples,)."""
        rng = np.random.default_rng(seed)
        n = int(self.counts.sum())
        shares = self.counts / n
        size = max(1, CHUNK // len(shares))
        parts = [
            self.values(rng.multinomial(n, shares, size=min(size, n_resamples - start)).astype(np.float64))
            for start in range(0, n_resamples, size)
        ]
        return np.concatenate(parts)
