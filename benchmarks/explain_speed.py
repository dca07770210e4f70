"""SHAP values of boosted-tree pipelines on adult-like data: this package against shap.TreeExplainer with its defaults.

    python benchmarks/explain_speed.py [ROWS]

Prints JSON. Both sides give the values of the same rows; ours from raw columns and summed back to them, the peer's from the
encoded matrix, which it is given for nothing. Medians of three runs, alternating.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import warnings

import numpy as np
import pandas as pd

from specweave.explanation.anatomy import anatomy
from specweave.explanation.attribution import attribute
from specweave.explanation.given_subject import given_subject
from specweave.problems.base import Column
from specweave.problems.tabular.families import Table, families

N_TRAINING = 31_000
FAMILIES = ("lightgbm", "hist_boosting", "xgboost")


def adult_like(n: int) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        {
            "age": rng.integers(17, 90, n),
            "fnlwgt": rng.lognormal(12, 0.5, n).round(),
            "education-num": rng.integers(1, 17, n),
            "capital-gain": np.where(rng.random(n) < 0.08, rng.lognormal(8.5, 1, n).round(), 0),
            "capital-loss": np.where(rng.random(n) < 0.05, rng.normal(1900, 300, n).round(), 0),
            "hours-per-week": rng.integers(1, 99, n),
            **{
                name: rng.choice([f"{name} {i}" for i in range(k)], n)
                for name, k in [("workclass", 9), ("education", 16), ("marital", 7), ("occupation", 15)]
            },
            **{
                name: rng.choice([f"{name} {i}" for i in range(k)], n)
                for name, k in [("relationship", 6), ("race", 5), ("sex", 2), ("country", 30)]
            },
        }
    )
    score = 0.05 * (rows["age"] - 40) + 0.3 * (rows["education-num"] - 10) + 0.03 * (rows["hours-per-week"] - 40)
    score += 3 * (rows["capital-gain"] > 5_000) + 1.5 * rows["marital"].isin(["marital 0", "marital 1"])
    return rows, np.where(score + rng.logistic(size=n) > 2, ">50K", "<=50K")


def one(family: str, n: int) -> dict[str, object]:
    import shap

    rows, answers = adult_like(max(N_TRAINING, n))
    columns = tuple(Column(c, "number" if rows[c].dtype.kind in "if" else "category") for c in rows.columns)
    table = Table("binary", N_TRAINING, 2, 0.3, columns, 0)
    model = families()[family].attempts(table)[0].build().fit(rows.iloc[:N_TRAINING], answers[:N_TRAINING])
    subject = given_subject(model, rows.iloc[:N_TRAINING], y_train=answers[:N_TRAINING])
    parts, asked = anatomy(subject), rows.iloc[:n]
    assert parts is not None
    encoded = parts.encode(asked)
    ours, theirs = [], []
    for _ in range(3):
        start = time.perf_counter()
        found = attribute(subject, asked)
        ours.append(time.perf_counter() - start)
        start = time.perf_counter()
        values = shap.TreeExplainer(parts.estimator).shap_values(encoded)
        theirs.append(time.perf_counter() - start)
    return {
        "family": family,
        "rows": n,
        "ours_s": statistics.median(ours),
        "shap_s": statistics.median(theirs),
        "times_faster": statistics.median(theirs) / statistics.median(ours),
        "largest_difference": float(np.abs(found.values - parts.to_raw(values)).max()),  # noqa: PD011
        "gap": found.gap,
        "exact": found.exact,
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(json.dumps([one(family, wanted) for family in FAMILIES], indent=2))
