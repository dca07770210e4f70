"""SHAP values of boosted-tree pipelines on adult-like data: this package against shap.TreeExplainer with its defaults.

    python benchmarks/explain_speed.py [ROWS]

Prints JSON. Ours are from raw columns and summed back to them, the peer's from the encoded matrix, which it is given for nothing.
Medians of three runs, alternating. Ours explain all rows each time. The peer makes its explainer, which is timed as it is, and
explains the first fifth of the rows; that is multiplied by five, as it goes row by row. Values are compared on these rows. On a busy
machine the processor's seconds say more than those of the clock, and both are given.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from specweave.explanation.anatomy import anatomy
from specweave.explanation.attribution import attribute
from specweave.explanation.given_subject import given_subject
from specweave.problems.base import Column
from specweave.problems.tabular.families import Table, families

N_TRAINING = 31_000
# The peer explains this part of the rows.
PART = 5
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
    fifth = parts.encode(asked.iloc[: max(1, n // PART)])
    ours, theirs = [], []
    for _ in range(3):
        # A subject of its own: nothing is remembered from the run before.
        fresh = given_subject(model, rows.iloc[:N_TRAINING], y_train=answers[:N_TRAINING])
        found, spent = timed(lambda fresh=fresh: attribute(fresh, asked))
        ours.append(spent)
        explainer, made = timed(lambda: shap.TreeExplainer(parts.estimator))
        values, spent = timed(lambda explainer=explainer: explainer.shap_values(fifth))
        theirs.append(made + n / len(fifth) * spent)
    (our_clock, our_cpu), (clock, cpu) = np.median(ours, axis=0), np.median(theirs, axis=0)
    return {
        "family": family,
        "rows": n,
        "ours_s": our_clock,
        "shap_s": clock,
        "times_faster": clock / our_clock,
        "ours_processor_s": our_cpu,
        "shap_processor_s": cpu,
        "times_less_processor": cpu / our_cpu,
        "shap_extrapolated_from_rows": len(fifth),
        "largest_difference": float(np.abs(found.values[: len(fifth)] - parts.to_raw(values)).max()),  # noqa: PD011
        "gap": found.gap,
        "exact": found.exact,
    }


def timed(work: Callable[[], Any]) -> tuple[Any, np.ndarray]:
    """What the work gives, and the seconds it took by the clock and of the processor."""
    start = np.array([time.perf_counter(), time.process_time()])
    made = work()
    return made, np.array([time.perf_counter(), time.process_time()]) - start


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(json.dumps([one(family, wanted) for family in FAMILIES], indent=2))
