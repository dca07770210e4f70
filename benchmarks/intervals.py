"""Time and peak memory of all classification metrics with 95 % intervals, against a loop over scikit-learn.

    python benchmarks/intervals.py                 1 and 10 million rows, and the comparison at 100,000
    python benchmarks/intervals.py --rows 1000000

Each size runs in a child process of its own; prints one JSON object a line. Intervals are those of the product:
analytic where their coverage is verified (Wilson, MOVER, DeLong, Student's t with Hall's correction, influence
functions), otherwise 1,000 bootstrap replicates of the confusion matrix. The loop over scikit-learn draws rows and
calls the eleven metrics scikit-learn has; ten of its replicates are timed and multiplied to 1,000.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np

LIMITS = {1_000_000: (10, 4000), 10_000_000: (90, 4000)}
LOOPED = 100_000
TIMED_REPLICATES = 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="*", default=list(LIMITS))
    parser.add_argument("--child", type=int)
    parser.add_argument("--loop", action="store_true")
    chosen = parser.parse_args()
    if chosen.child:
        print(json.dumps(measured(chosen.child, loop=chosen.loop)))
        return 0
    runs = [(rows, []) for rows in chosen.rows] + [(LOOPED, ["--loop"])]
    failed = 0
    for rows, extra in runs:
        done = subprocess.run(
            [sys.executable, __file__, "--child", str(rows), *extra], stdout=subprocess.PIPE, text=True, check=True
        )
        found = json.loads(done.stdout.splitlines()[-1])
        print(json.dumps(found), flush=True)
        failed += not found["ok"]
    return 1 if failed else 0


def measured(rows: int, *, loop: bool) -> dict:
    from specweave.metrics import estimates, metrics_for

    predictions = made(rows)
    names = [metric.name for metric in metrics_for("binary")]
    # Imports are not what is measured.
    estimates(names, predictions.take(np.arange(min(rows, 2000))))
    start = time.perf_counter()
    found = estimates(names, predictions, n_resamples=1000)
    taken = time.perf_counter() - start
    assert all(one.low is not None for one in found)
    facts = {
        "rows": rows,
        "metrics": len(found),
        "seconds": round(taken, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "methods": {one.metric: one.method for one in found},
    }
    if loop:
        per_replicate = scikit_learn_loop(predictions)
        facts |= {
            "scikit_learn_seconds": round(1000 * per_replicate, 1),
            "times_faster": round(1000 * per_replicate / taken),
        }
        return facts | {"ok": facts["times_faster"] >= 100}
    seconds, memory = LIMITS.get(rows, (float("inf"), float("inf")))
    return facts | {"ok": taken < seconds and facts["peak_mb"] < memory}


def made(rows: int):
    from specweave.metrics import Predictions

    rng = np.random.default_rng(0)
    positive = rng.random(rows) < 0.3
    scores = 1 / (1 + np.exp(-(1.2 * rng.normal(size=rows) + 1.44 * (positive - 0.5) - 0.85)))
    return Predictions(
        "binary",
        np.where(positive, "yes", "no"),
        np.where(scores >= 0.5, "yes", "no"),
        scores=np.column_stack([1 - scores, scores]),
        classes=("no", "yes"),
        positive="yes",
        threshold=0.5,
    )


def scikit_learn_loop(predictions) -> float:
    """Seconds of one bootstrap replicate over scikit-learn's functions, labels as integers, which is its fastest way."""
    from sklearn import metrics as reference

    truth = (predictions.truth == "yes").astype(np.int64)
    labels = (predictions.labels == "yes").astype(np.int64)
    scores = predictions.positive_scores
    of_labels = [
        reference.accuracy_score,
        reference.balanced_accuracy_score,
        reference.precision_score,
        reference.recall_score,
        lambda t, p: reference.recall_score(t, p, pos_label=0),
        reference.f1_score,
        reference.matthews_corrcoef,
    ]
    of_scores = [
        reference.roc_auc_score,
        reference.average_precision_score,
        reference.log_loss,
        reference.brier_score_loss,
    ]
    rng = np.random.default_rng(0)
    start = time.perf_counter()
    for _ in range(TIMED_REPLICATES):
        drawn = rng.integers(0, len(truth), len(truth))
        t, p, s = truth[drawn], labels[drawn], scores[drawn]
        for function in of_labels:
            function(t, p)
        for function in of_scores:
            function(t, s)
    return (time.perf_counter() - start) / TIMED_REPLICATES


if __name__ == "__main__":
    sys.exit(main())
