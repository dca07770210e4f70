"""Peak memory of the global part of an explanation on a large table: 1,000,000 rows × 50 columns.

    python benchmarks/explain_memory.py [ROWS]

Prints JSON with the peak resident memory of the process (the table, training and all) and what was sampled.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier

from specweave.explanation.given_subject import given_subject
from specweave.explanation.globally import explain_globally

COLUMNS = 50


def peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({f"x{i}": rng.normal(size=n) for i in range(COLUMNS)})
    answers = np.where(rows["x0"] + rows["x1"] * rows["x2"] + rng.normal(size=n) > 0, "yes", "no")
    model = LGBMClassifier(n_estimators=100, verbosity=-1, n_jobs=2).fit(rows, answers)
    before, start = peak_gb(), time.perf_counter()
    facts = explain_globally(given_subject(model, rows, y_train=answers, target="y")).facts
    print(
        json.dumps(
            {
                "rows": n,
                "columns": COLUMNS,
                "seconds": time.perf_counter() - start,
                "peak_gb_before": before,
                "peak_gb": peak_gb(),
                "sampled": facts.sampled,
                "largest_relative_error": max(
                    (c.contribution_error or 0) / c.contribution for c in facts.columns if c.share > 0.02
                ),
                "first_columns": [c.column for c in facts.columns[:3]],
            },
            indent=2,
        )
    )
